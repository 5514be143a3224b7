"use strict";
// The page's wires: the events that come in, the two buttons that go out, and the list of runs.
(() => {
  const { content: token, dataset: { base } } = document.querySelector("meta[name=authstorm]");
  const byId = id => document.getElementById(id);
  const form = byId("choose"), start = byId("start"), stop = byId("stop"), refusal = byId("refusal"), link = byId("link-state");
  const AGAIN_MS = 3000;
  let phase = "", asking = false, over = null;

  const say = (text, kind) => { link.textContent = text; link.className = `pill ${kind}`; };

  const buttons = () => {
    const idle = phase === "idle" && !asking;
    start.disabled = !idle;
    stop.disabled = phase !== "running" || asking;
    for (const field of form.querySelectorAll("select, input")) field.disabled = !idle;
    start.textContent = phase === "preparing" || (asking && phase === "idle") ? "Getting ready …" : "Start";
    stop.textContent = phase === "ending" ? "Ending …" : "Stop";
  };

  const take = (state, draw) => {
    phase = state.phase;
    draw(state);
    if (phase !== "idle") follow(state.choice);
    buttons();
    if (!asking) refusal.textContent = state.refusal;
    const done = state.verdict?.over ? state.run.id : "";
    if (done !== over) { over = done; runs(); }
  };

  // Whoever looks on sees what is run, whoever chose it.
  const follow = choice => {
    for (const [name, value] of Object.entries(choice)) {
      const field = byId(name);
      if (field.value !== value) field.value = value;
    }
  };

  // A browser reconnects by itself after a broken line, but not after an answer that is no stream: then we do.
  const listen = () => {
    const events = new EventSource(`${base}/storm/events`);
    events.onopen = () => say("live", "on");
    events.addEventListener("whole", event => take(JSON.parse(event.data), stormLive.whole));
    events.addEventListener("change", event => take(JSON.parse(event.data), stormLive.change));
    events.onerror = () => {
      say("no connection, trying again", "off");
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
    };
  };

  const ask = async (what, body) => {
    asking = true;
    refusal.textContent = "";
    buttons();
    try {
      const answer = await fetch(`${base}/storm/${what}`, { method: "POST", body, headers: { "X-Authstorm-Token": token } });
      if (answer.status === 401) return location.reload();
      const text = await answer.text();
      if (!answer.ok) refusal.textContent = answer.headers.get("Content-Type")?.includes("json") ? JSON.parse(text).why : text;
    } catch {
      refusal.textContent = "The room did not answer: is its process still there?";
    } finally {
      asking = false;
      buttons();
    }
  };

  form.addEventListener("submit", event => { event.preventDefault(); if (!start.disabled) ask("start", new FormData(form)); });
  stop.addEventListener("click", () => ask("stop"));

  const runs = async () => {
    const answer = await fetch(`${base}/storm/runs`);
    if (!answer.ok) return;
    const { runs: all } = await answer.json();
    stormLive.rows("past", all.map(run => {
      const links = document.createElement("span");
      const files = [["report.html", "report"], ["summary.json", "json"], ["timeline.csv", "csv"]];
      files.forEach(([file, name]) => {
        const anchor = stormLive.make("a", name);
        anchor.href = `${base}/storm/runs/${encodeURIComponent(run.id)}/${file}`;
        anchor.setAttribute("aria-label", `${name} of ${run.id}`);
        if (file === "report.html") anchor.target = "_blank";
        links.append(anchor, " ");
      });
      const sign = run.exit_code === 0 ? "✓" : run.exit_code == null ? "?" : "✕";
      return [run.started_utc.slice(0, 19).replace("T", " "), run.profile, run.target, run.seed == null ? "–" : String(run.seed), `${sign} ${run.headline}`, links];
    }));
  };

  buttons();
  listen();
})();
