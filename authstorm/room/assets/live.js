"use strict";
// Draws what the room is told of a run. Every text goes in as text, never as markup.
const stormLive = (() => {
  const { base } = document.querySelector("meta[name=authstorm]").dataset;
  const byId = id => document.getElementById(id);
  const make = (tag, text, kind) => {
    const element = document.createElement(tag);
    if (text != null) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const SIGNS = { good: "●", refused: "○", shed: "◇", broken: "▲", wrong: "✕" };
  const OUTCOMES = Object.keys(SIGNS);
  const DASHES = ["solid", "long", "short", "mixed", "dots", "solid"];
  const WINDOW_S = 900;

  const rate = value => value == null ? "–" : value >= 100 ? Math.round(value).toLocaleString("en") : String(Math.round(value * 10) / 10);
  const whole = value => value == null ? "–" : Math.round(value).toLocaleString("en");
  const ms = value => value == null ? "–" : value >= 999.5 ? `${(value / 1000).toFixed(2)} s` : `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ms`;
  const share = value => value == null ? "–" : `${Math.round(value * 100)}%`;
  const span = value => value < 120 ? `${Math.ceil(value)}\u00a0s` : `${Math.floor(value / 60)}\u00a0min ${Math.floor(value % 60)}\u00a0s`;

  let facts = null, points = [], charts = {}, stageSaid = "";

  // ---- charts

  const axis = () => {
    if (!facts) return [];
    const last = points.length ? points[points.length - 1][0] : 0;
    const end = Math.min(Math.ceil(facts.duration_s), Math.max(last + 60, WINDOW_S));
    const from = Math.max(0, end - WINDOW_S - 60);
    return Array.from({ length: Math.max(end - from, 2) }, (_, index) => from + index);
  };

  const columns = (xs, pick) => {
    const found = new Map(points.map(point => [point[0], point]));
    return xs.map(second => found.has(second) ? pick(found.get(second)) ?? null : null);
  };

  const busiest = () => {
    const names = [];
    points.forEach(point => Object.keys(point[6]).forEach(name => names.includes(name) || names.push(name)));
    return names.sort().slice(0, DASHES.length);
  };

  const specs = () => {
    const xs = axis(), stages = facts.stages, steps = busiest();
    const bad = OUTCOMES.map((name, at) => ({ name, at })).filter(one => one.name !== "good");
    return {
      "chart-load": { unit: "/s", stages, height: size(300, 250), lines: [
        { label: "planned", tone: "offered", width: 7 }, { label: "offered", tone: "refused", dash: "dots" }, { label: "delivered", tone: "ink" },
        { label: "good steps", tone: "good", dash: "long", fill: true }],
      values: [xs, xs.map(second => facts.planned[second] ?? null), columns(xs, point => point[1]), columns(xs, point => point[2]), columns(xs, point => point[5][0])] },
      "chart-latency": { unit: "ms", stages, height: size(250), lines: steps.map((name, at) => ({ label: name, tone: `step-${at + 1}`, dash: DASHES[at] })),
        values: [xs, ...steps.map(name => columns(xs, point => point[6][name]))] },
      "chart-errors": { unit: "/s", stages, height: size(250), lines: bad.map(({ name }) => ({ label: `${SIGNS[name]} ${name}`, tone: name,
        dash: { refused: "dots", shed: "long", broken: "solid", wrong: "short" }[name], width: name === "wrong" ? 3 : 2 })),
      values: [xs, ...bad.map(({ at }) => columns(xs, point => point[5][at]))] },
    };
  };

  const size = (height, onWall = height) => innerWidth >= 1500 ? Math.round(onWall * 1.2) : height;

  // A chart is made anew only when its lines or its run change; a second more is data alone.
  // What fires has lasted until now: its line grows by the second.
  const draw = ({ alerts, now_s }) => {
    if (!facts) return;
    const until = alerts.map(alert => alert.resolved_s ?? now_s);
    for (const [id, spec] of Object.entries(specs())) {
      const key = JSON.stringify([facts.id, spec.lines, spec.height, alerts]);
      spec.alerts = alerts.map((alert, at) => ({ ...alert, resolved_s: until[at] }));
      const known = charts[id];
      if (!known) charts[id] = Object.assign(stormCharts.make(byId(id), spec), { key });
      else if (known.key !== key) { known.spec = spec; known.key = key; known.draw(); }
      else {
        known.spec.alerts.forEach((alert, at) => { alert.resolved_s = until[at]; });
        known.spec.values = spec.values;
        known.plot.setData(spec.values);
      }
    }
  };

  // ---- figures

  const band = (run, phase) => {
    const box = byId("band"), until = facts.duration_s;
    if (box.dataset.run !== facts.id) {
      box.dataset.run = facts.id;
      box.replaceChildren(...facts.stages.map(stage => {
        const part = make("div", stage.name, stage.measured ? "part" : "part off");
        part.style.flex = `${Math.max(stage.end_s - stage.start_s, until * 0.01)} 1 0`;
        part.title = `${stage.name}: ${stage.start_s} to ${stage.end_s} s`;
        return part;
      }), make("div", null, "past"));
    }
    const now = Math.min(run.now_s, until), parts = [...box.querySelectorAll(".part")], here = facts.stages[run.stage];
    const part = parts[run.stage], inside = Math.min(1, Math.max(0, (now - here.start_s) / Math.max(here.end_s - here.start_s, 0.001)));
    box.querySelector(".past").style.width = `${part.offsetLeft + part.offsetWidth * inside}px`;
    parts.forEach((each, at) => each.classList.toggle("here", at === run.stage && phase === "running"));
    const left = Math.max(0, here.end_s - now), all = Math.max(0, until - now);
    box.setAttribute("aria-label", `Stage ${here.name}, ${Math.round(now)} of ${Math.round(until)} seconds`);
    const going = phase === "running";
    byId("stage-name").textContent = going ? here.name : phase === "ending" ? "Ending" : phase === "preparing" ? "Getting ready" : "Over";
    byId("stage-left").textContent = going ? `${span(left)} left of ${span(here.end_s - here.start_s)} · run ends in ${span(all)}` :
      phase === "ending" ? "the report is being written" : phase === "preparing" ? "asking the target" : `after ${Math.round(Math.min(run.now_s, until))} of ${Math.round(until)}\u00a0s`;
    const said = going ? `Stage ${here.name}` : byId("stage-name").textContent;
    if (said !== stageSaid) byId("spoken-stage").textContent = stageSaid = said;
  };

  const figure = (name, value, note, bad) => {
    const box = make("div", null, bad ? "bad" : ""), told = make("dd", value);
    told.append(make("small", note));
    box.append(make("dt", name), told);
    return box;
  };

  const figures = run => byId("figures").replaceChildren(
    figure("offered", `${rate(run.offered)}/s`, `${whole(run.totals.offered)} so far`),
    figure("delivered", `${rate(run.started)}/s`, `${whole(run.totals.started)} so far`),
    figure("goodput", `${rate(run.good)}/s`, "good steps"),
    figure("p95", ms(run.p95_ms), "of the slowest step"),
    figure("failed", whole(run.failed), `steps in the last ${run.over_s} s`, run.failed > 0),
    figure("dropped", whole(run.totals.dropped), "never began", run.totals.dropped > 0),
    figure("in flight", whole(run.busy), `of ${whole(run.visitors)} visitors`));

  const rows = (id, all) => document.querySelector(`#${id} tbody`).replaceChildren(...all.map(cells => {
    const row = document.createElement("tr");
    row.append(...cells.map(cell => {
      const [text, bad] = Array.isArray(cell) ? cell : [cell, false];
      return text instanceof Node ? Object.assign(make("td"), {}).appendChild(text).parentNode : make("td", text, bad ? "bad" : "");
    }));
    return row;
  }));

  const tables = (run, going) => {
    byId("over").textContent = run.over_s ? `a second, over the last ${run.over_s} s` : "";
    rows("steps", run.steps.map(step => [step.name, rate(step.all), rate(step.good), ms(step.p95_ms), [whole(step.failed), step.failed > 0]]));
    byId("outcomes").replaceChildren(...OUTCOMES.map(name => {
      const item = make("li", `${SIGNS[name]} ${name} `, run.outcomes[name] ? "" : "none");
      item.append(make("strong", whole(run.outcomes[name])));
      return item;
    }));
    rows("workers", run.workers.map(one => [one.name, ...[[share(one.cpu), one.cpu > 0.75], [ms(one.lag_ms), one.lag_ms > 50], [ms(one.delay_ms), one.delay_ms > 50]]
      .map(([text, bad]) => [text, bad && going]),  // a report that is being written holds up nobody
      whole(one.busy), [whole(one.dropped), one.dropped > 0]]).concat(run.lost.map(name => [name, ["lost", true], "–", "–", "–", "–"])));
    byId("alerts").replaceChildren(...(run.alerts.length ? run.alerts.map(alert => {
      const firing = alert.resolved_s == null, item = make("li", null, firing ? "firing" : "");
      const state = firing ? `▲ firing for ${span(Math.max(0, run.now_s - alert.fired_s))}` : `✓ resolved after ${span(alert.resolved_s - alert.fired_s)}`;
      item.append(make("strong", `${alert.rule} `), `(${alert.severity}) `, make("span", state), make("small", alert.sentence));
      return item;
    }) : [make("li", "None has fired.")]));
  };

  // What is wrong now, where nobody has to scroll to it: on a wall, and on a phone. The worst alerts stand for all.
  const MOST_SIGNS = 3, NO = ["not valid", "objectives missed", "wrong answers"];
  const signs = (run, told, going) => {
    const firing = going ? run.alerts.filter(alert => alert.resolved_s == null) : [], more = firing.length - MOST_SIGNS;
    firing.sort((one, other) => (other.severity === "critical") - (one.severity === "critical"));
    const said = firing.slice(0, MOST_SIGNS).map(alert =>
      `▲ ${alert.severity === "critical" ? "critical: " : ""}${alert.rule} for ${span(Math.max(0, run.now_s - alert.fired_s))}`);
    if (more > 0) said.push(`▲ ${more} more alert${more > 1 ? "s" : ""}`);
    if (run.lost.length) said.push(`▲ lost: ${run.lost.join(", ")}`);
    told.parts.forEach((part, at) => part.answer === "no" && said.push(`✕ ${NO[at]}${told.over ? "" : " so far"}`));
    byId("signs").replaceChildren(...said.map(text => make("li", text)));
  };

  const verdict = told => {
    byId("verdict-title").textContent = told.over ? "Verdict" : "Verdict so far";
    byId("headline").textContent = told.over ? `${told.headline} Exit code ${told.exit_code}: ${told.exit_meaning}.` : "";
    byId("report").hidden = !told.over;
    byId("report").firstElementChild.href = `${base}/storm/runs/${encodeURIComponent(facts.id)}/report.html`;
    const tones = { yes: ["yes", "✓ yes"], no: ["no", "✕ no"], unknown: ["unsure", "? cannot tell"] };
    byId("verdicts").replaceChildren(...told.parts.map(part => {
      const [tone, word] = tones[part.answer], card = make("li", null, `verdict ${tone}`), title = make("h3");
      title.append(make("small", part.asked), !told.over && part.answer === "yes" ? "✓ so far" : word);
      const reasons = make("ul");
      reasons.append(...part.reasons.map(reason => make("li", reason)));
      card.append(title, reasons);
      return card;
    }));
  };

  // ---- what the room tells

  const show = state => {
    const { run, phase } = state;
    byId("title").textContent = facts ? `${facts.profile} against ${facts.target} (${facts.url}), seed ${facts.seed ?? "–"}, scale ${share(facts.scale)}` : "rehearsal room";
    document.title = `${phase === "running" && run ? facts.stages[run.stage].name : phase} · Authstorm`;
    if (!run || !facts) {
      const words = { idle: ["No run yet", "Choose, and press Start."], preparing: ["Getting ready", "asking the target"], running: ["Starting", ""], ending: ["Ending", ""] };
      [byId("stage-name").textContent, byId("stage-left").textContent] = words[phase];
      return;
    }
    document.querySelector("main").classList.remove("empty");
    band(run, phase);
    byId("figures").classList.toggle("stale", phase !== "running");
    figures(run);
    tables(run, phase === "running");
    signs(run, state.verdict, phase === "running");
    verdict(state.verdict);
    draw(run);
  };

  const whole_ = state => { facts = state.facts; points = state.points; show(state); };
  const change = state => {
    points.push(...state.points);
    if (points.length > WINDOW_S) points.splice(0, points.length - WINDOW_S);
    show(state);
  };
  return { whole: whole_, change, rows, make };
})();
