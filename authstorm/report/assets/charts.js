"use strict";
// What every chart of the page shares: colours from the style sheet, stage bands, one cursor, keys, resize and print.
const stormCharts = (() => {
  const all = [];
  const DASH = { solid: [], long: [10, 5], short: [4, 4], dots: [1.5, 4], mixed: [10, 4, 2, 4] };
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  // A page for a projector enlarges all letters at once.
  const text = size => Math.round(size * (Number(colour("chart-text")) || 1));
  const font = size => `${text(size)}px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif`;

  const number = value => value == null ? "–" : value >= 100 ? Math.round(value).toLocaleString("en")
    : String(Math.round(value * 10) / 10);
  const tell = {
    "/s": value => value == null ? "–" : `${number(value)}/s`,
    ms: value => value == null ? "–" : value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${number(value)} ms`,
    "": number,
    "%": value => value == null ? "–" : `${number(value)}%`,
  };
  const clock = second => second < 120 ? `${second} s` : `${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")}`;

  // Stages as quiet bands behind the lines, named where there is room: a spike must be seen without reading an axis.
  const bands = stages => ({
    hooks: {
      drawClear: u => {
        const { ctx, bbox } = u;
        const ratio = uPlot.pxRatio;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        stages.forEach((stage, index) => {
          const left = u.valToPos(stage.start_s, "x", true), right = u.valToPos(stage.end_s, "x", true);
          ctx.fillStyle = colour(stage.measured ? "band" : "band-off");
          if (index % 2 || !stage.measured) ctx.fillRect(left, bbox.top, right - left, bbox.height);
          if (!stage.measured) hatch(ctx, left, bbox.top, right - left, bbox.height, ratio);
        });
        ctx.restore();
      },
    },
  });

  // The names come last, each on a rim of its background: no line, grid or mark may strike them out.
  const names = stages => ({
    hooks: {
      draw: u => {
        const { ctx, bbox } = u, ratio = uPlot.pxRatio;
        ctx.save();
        ctx.font = `600 ${text(11) * ratio}px ${font(11).split("px ")[1]}`;
        ctx.textAlign = "left";
        ctx.textBaseline = "top";
        ctx.lineWidth = 4 * ratio;
        ctx.lineJoin = "round";
        stages.forEach((stage, index) => {
          const left = Math.max(u.valToPos(stage.start_s, "x", true), bbox.left);
          const right = Math.min(u.valToPos(stage.end_s, "x", true), bbox.left + bbox.width);
          if (ctx.measureText(stage.name).width + 10 * ratio >= right - left) return;
          ctx.strokeStyle = colour(!stage.measured ? "band-off" : index % 2 ? "band" : "card");
          ctx.fillStyle = colour("soft");
          for (const put of ["strokeText", "fillText"]) ctx[put](stage.name, left + 5 * ratio, bbox.top + 9 * ratio);
        });
        ctx.restore();
      },
    },
  });

  // An alert as a mark at its firing and a line along the top as long as it lasted: a shape, so that it needs no colour.
  const alarms = alerts => ({
    hooks: {
      draw: u => {
        const { ctx, bbox } = u, ratio = uPlot.pxRatio, end = bbox.left + bbox.width;
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = colour("no");
        alerts.forEach(alert => {
          const fired = u.valToPos(alert.fired_s, "x", true);
          const over = alert.resolved_s == null ? end : Math.min(u.valToPos(alert.resolved_s, "x", true), end);
          if (over < bbox.left || fired > end) return;
          ctx.lineWidth = 3 * ratio;
          ctx.beginPath();
          ctx.moveTo(Math.max(fired, bbox.left), bbox.top);
          ctx.lineTo(over, bbox.top);
          ctx.stroke();
          if (fired < bbox.left) return;
          ctx.lineWidth = ratio;
          ctx.setLineDash([3 * ratio, 3 * ratio]);
          ctx.beginPath();
          ctx.moveTo(fired, bbox.top);
          ctx.lineTo(fired, bbox.top + bbox.height);
          ctx.stroke();
          ctx.setLineDash([]);
          ctx.beginPath();
          ctx.moveTo(fired - 6 * ratio, bbox.top - 4 * ratio);
          ctx.lineTo(fired + 6 * ratio, bbox.top - 4 * ratio);
          ctx.lineTo(fired, bbox.top + 7 * ratio);
          ctx.fill();
        });
        ctx.restore();
      },
    },
  });

  const hatch = (ctx, left, top, width, height, ratio) => {
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.strokeStyle = colour("line");
    ctx.lineWidth = ratio;
    ctx.beginPath();
    for (let x = left - height; x < left + width; x += 9 * ratio) {
      ctx.moveTo(x, top + height);
      ctx.lineTo(x + height, top);
    }
    ctx.stroke();
    ctx.restore();
  };

  const decades = (u, marks) => marks.map(mark => Number.isInteger(Math.log10(mark)) ? mark : null);

  const axes = (unit, log) => [
    { stroke: () => colour("soft"), font: font(12), grid: { show: false }, ticks: { stroke: () => colour("line"), size: 5 }, size: text(36),
      values: (u, marks) => marks.map(clock), space: 60 },
    { stroke: () => colour("soft"), font: font(12), size: text(62), ticks: { show: false },
      grid: { stroke: () => colour("line"), width: 1, ...(log ? { filter: decades } : {}) },
      values: (u, marks) => marks.map(mark => mark == null ? "" : tell[unit](mark)),
      ...(log ? { filter: decades } : {}) },
  ];

  const line = ({ label, tone, dash = "solid", width = 2, fill = false }, unit, lonely) => ({
    label, stroke: () => colour(tone), width, dash: DASH[dash], value: (u, value, i, at) => at == null ? "" : tell[unit](value), spanGaps: false,
    ...(fill ? { fill: () => `${colour(tone)}22` } : {}), points: { show: lonely, size: 5, filter: alone },
  });

  // The legend's mark is the line as it is drawn, dashes and all: its shape tells lines apart where colours do not.
  const mark = ({ tone, dash = "solid" }) => {
    let at = 0;
    const parts = DASH[dash].map((length, i) => `${i % 2 ? "transparent" : colour(tone)} ${at}px ${at += length}px`);
    return parts.length ? `repeating-linear-gradient(90deg, ${parts.join(", ")})` : colour(tone);
  };

  // A lone second between two without a sample has no line to either side; it must not vanish.
  const alone = (u, index, show) => {
    const values = u.data[index];
    return show ? values.flatMap((value, at) => value != null && values[at - 1] == null && values[at + 1] == null ? [at] : []) : [];
  };

  const options = (spec, width) => ({
    width, height: spec.height ?? 250, padding: [8, 18, 0, 0], plugins: [bands(spec.stages), alarms(spec.alerts ?? []), names(spec.stages)],
    cursor: { y: false, sync: { key: "storm", setSeries: false }, drag: { x: true, y: false }, points: { size: 7 }, focus: { prox: -1 } },
    scales: { x: { time: false }, y: spec.log ? { distr: 3 } : { range: (u, low, high) => [0, Math.max(high, spec.floor ?? 1) * 1.12] } },
    axes: axes(spec.unit, spec.log),
    legend: { markers: { width: 0, fill: (u, i) => mark(spec.lines[i - 1]) } },
    series: [{ label: "at", value: (u, value, i, at) => at == null ? "" : clock(value) }, ...spec.lines.map(each => line(each, spec.unit, true))],
  });

  const make = (box, spec) => {
    const chart = { box, spec, plot: null };
    chart.draw = (width = box.clientWidth) => {
      const { spec } = chart;
      chart.plot?.destroy();
      const values = spec.log ? spec.values.map((column, i) => i ? column.map(v => v > 0 ? v : null) : column) : spec.values;
      chart.plot = new uPlot(options(spec, Math.max(width, 240)), values, box);
    };
    chart.draw();
    keys(chart);
    all.push(chart);
    return chart;
  };

  // Show so much more or less on all charts, around the cursor where there is one.
  const zoomed = (chart, at, factor) => {
    const xs = chart.spec.values[0], first = xs[0], last = xs[xs.length - 1], { min, max } = chart.plot.scales.x;
    const middle = at < 0 ? (min + max) / 2 : xs[at], half = Math.max((max - min) / 2 * factor, 2);
    const range = half >= (last - first) / 2 ? { min: first, max: last }
      : { min: Math.max(first, middle - half), max: Math.min(last, middle + half) };
    each(other => other.plot.setScale("x", range));
    // a scale is taken over with the next microtask
    if (at >= 0) queueMicrotask(() => each(other => other.plot.setCursor({ left: other.plot.valToPos(xs[at], "x"), top: 10 }, false)));
  };

  // Arrow keys walk the linked cursor second by second; what it stands on is spoken as well as shown.
  const keys = chart => {
    const spoken = document.getElementById("spoken");
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
    const zoom = { "+": 0.5, "=": 0.5, "-": 2, Escape: Infinity };
    chart.box.addEventListener("keydown", event => {
      const xs = chart.spec.values[0], last = xs.length - 1;
      const at = chart.plot.cursor.idx ?? -1;
      const to = event.key in step ? at + step[event.key] : { Home: 0, End: last }[event.key];
      if (event.key in zoom) return zoomed(chart, at, zoom[event.key]);
      if (to === undefined) return;
      event.preventDefault();
      const index = Math.min(Math.max(to, 0), last);
      each(other => other.plot.setCursor({ left: other.plot.valToPos(xs[index], "x"), top: 10 }, false));
      spoken.textContent = `Second ${xs[index]}: ` +
        chart.spec.lines.map((one, i) => `${one.label} ${tell[chart.spec.unit](chart.spec.values[i + 1][index])}`).join(", ");
    });
  };

  const each = what => all.forEach(what);
  const fit = () => each(chart => chart.box.clientWidth && chart.plot.setSize({ width: Math.max(chart.box.clientWidth, 240), height: chart.plot.height }));

  let waiting = 0;
  addEventListener("resize", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(fit); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => each(chart => chart.draw()));
  // On paper the canvas is scaled to its column by the style sheet; drawn about as wide, its letters keep their size.
  // The rules and the plan are unfolded there, since paper has nothing to press.
  const unfolded = [];
  matchMedia("print").addEventListener("change", ({ matches }) => {
    if (matches) unfolded.push(...document.querySelectorAll("#rules details:not([open]), #run details:not([open])"));
    unfolded.forEach(details => { details.open = matches; });
    if (!matches) unfolded.length = 0;
    each(chart => chart.draw(matches ? (chart.box.closest(".pair") ? 340 : 700) : undefined));
  });

  return { make, each };
})();
