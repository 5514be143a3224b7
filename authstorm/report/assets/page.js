"use strict";
// Turns the run's data into the page's charts; every number in a table is already in the page without this.
(() => {
  const { summary, timeline } = JSON.parse(document.getElementById("run-data").textContent);
  document.documentElement.classList.add("drawn");
  document.getElementById("as-table").open = false;

  const rows = timeline.seconds;
  const xs = rows.map(row => row[0]);
  const column = at => rows.map(row => row[at]);
  const CELLS = timeline.columns.indexOf("cells");
  const of = name => column(timeline.columns.indexOf(name));
  const rate = name => of(name).map(value => value == null ? null : value / timeline.point_s);
  const some = values => values.some(value => value != null);

  const find = row => new Map(row[CELLS].map(cell => [cell[0], cell]));
  const found = rows.map(find);
  const perStep = (step, at) => found.map(cells => cells.get(step)?.[at] ?? null);
  const outcome = (index, step) => rows.map((row, second) => {
    const cells = step === undefined ? row[CELLS] : [found[second].get(step)].filter(Boolean);
    return cells.reduce((sum, cell) => sum + cell[1][index], 0) / timeline.point_s;
  });

  const DASHES = ["solid", "long", "short", "mixed", "dots", "solid"];
  const OUTCOME_LINES = { good: "solid", refused: "dots", shed: "long", broken: "solid", wrong: "short" };

  const chart = (id, unit, lines, values, more = {}) => {
    const box = document.getElementById(id);
    if (!box) return undefined;
    const kept = lines.map((line, i) => [line, values[i]]).filter(([, value]) => some(value));
    if (!kept.length || !xs.length) { box.textContent = more.empty ?? "Nothing was measured."; box.removeAttribute("tabindex"); box.style.minHeight = 0; return undefined; }
    return stormCharts.make(box, { unit, stages: summary.stages, alerts: summary.alerts, lines: kept.map(k => k[0]), values: [xs, ...kept.map(k => k[1])], ...more });
  };

  const names = timeline.outcomes;
  chart("chart-load", "/s",
    [{ label: "offered", tone: "offered", width: 7 }, { label: "started", tone: "ink" },
      { label: "good steps", tone: "good", dash: "long", fill: true }, { label: "dropped", tone: "broken", dash: "dots", width: 3 }],
    [rate("offered"), rate("started"), outcome(names.indexOf("good")), rate("dropped").map(value => value || null)]);

  const errors = names.map((name, i) => ({ name, values: outcome(i) })).filter(one => one.name !== "good" && one.values.some(Boolean));
  chart("chart-errors", "/s",
    errors.map(({ name }) => ({ label: name, tone: name, dash: OUTCOME_LINES[name], width: name === "wrong" ? 3 : 2 })),
    errors.map(one => one.values), { height: 190, empty: "Every step was good." });

  const busiest = timeline.steps.map((name, step) => ({ name, step })).filter(one => some(perStep(one.step, 3)))
    .sort((a, b) => outcome(0, b.step).reduce((x, y) => x + y, 0) - outcome(0, a.step).reduce((x, y) => x + y, 0)).slice(0, DASHES.length);
  const shown = busiest.map(({ name }, i) => ({ label: name, tone: `step-${i + 1}`, dash: DASHES[i] }));
  const byStep = chart("chart-latency", "ms", shown, busiest.map(one => perStep(one.step, 3)));
  const latency = [byStep];
  const choices = [...document.querySelectorAll("[data-percentile]")];
  choices.forEach((button, which) => button.addEventListener("click", () => {
    if (!byStep) return;
    choices.forEach(other => other.setAttribute("aria-pressed", String(other === button)));
    byStep.spec.values = [xs, ...busiest.map(one => perStep(one.step, 2 + which))];
    byStep.draw();
  }));
  chart("chart-flight", "", [{ label: "in flight", tone: "accent", fill: true }], [of("visitors_busy")], { height: 160 });

  document.querySelectorAll("[data-step]").forEach(box => {
    const step = timeline.steps.indexOf(box.dataset.step);
    latency.push(chart(box.id, "ms",
      [{ label: "p50", tone: "refused", dash: "long" }, { label: "p95", tone: "accent" }, { label: "p99", tone: "wrong", dash: "short" }],
      [2, 3, 4].map(at => perStep(step, at)), { height: 220 }));
  });

  chart("chart-delay", "ms",
    [{ label: "start delay p99", tone: "accent" }, { label: "loop lag, worst", tone: "shed", dash: "long" }],
    [of("start_delay_p99_ms"), of("loop_lag_max_ms")], { height: 200, floor: 10 });
  chart("chart-cpu", "%", [{ label: "busiest process, of a core", tone: "accent" }, { label: "machine", tone: "shed", dash: "long" }],
    [of("cpu_percent"), of("machine_cpu_percent")], { height: 200, floor: 90 });

  const log = document.getElementById("log-scale");
  log?.addEventListener("click", () => {
    const pressed = log.getAttribute("aria-pressed") !== "true";
    log.setAttribute("aria-pressed", String(pressed));
    latency.filter(Boolean).forEach(one => { one.spec.log = pressed; one.draw(); });
  });
  document.getElementById("whole-run")?.addEventListener("click", () =>
    stormCharts.each(one => one.plot.setScale("x", { min: xs[0], max: xs[xs.length - 1] })));
})();
