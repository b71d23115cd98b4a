// ---- the page

const panels = [], flows = [];
function element(parent, tag, kind = "", text = "") {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = text;
  parent.append(made);
  return made;
}
for (const [index, layer] of [...data.layers.entries()].reverse()) {
  layer.isOutput = index === data.layers.length - 1;
  const name = element(find("layers"), "div", "name", `${layer.name} `);
  element(name, "small", "", layer.told);
  for (const kind of ["events", "bursts"]) {
    const box = element(find("layers"), "div", `panel ${kind}`);
    const canvas = element(box, "canvas");
    canvas.setAttribute("role", "img");
    const scale = element(box, "div", "scale");
    const [low, bar, high] = ["span", "i", "span"].map((tag) => element(scale, tag));
    const panel = { canvas, layer, kind, low, bar, high };
    canvas.addEventListener("pointermove", (event) => point(panel, event));
    canvas.addEventListener("pointerdown", (event) => point(panel, event));
    canvas.addEventListener("pointerleave", () => point(null));
    panels.push(panel);
  }
  for (const kind of ["events", "bursts"]) {
    if (index === 0 && kind === "bursts") continue;
    const flow = element(find("layers"), "div", "flow", kind === "events" ? "▲" : "▼");
    flow.setAttribute("aria-hidden", "true");
    flows.push({ flow, kind, sender: kind === "events" ? data.layers[index - 1] : layer });
  }
}

function changes(kind, layer) { // whether what it sent a step before was new
  if (state.step === 0) return false;
  if (!layer) return state.step === 2; // the input, which came on a step before
  const array = kind === "events" ? layer.events : deviations(layer);
  if (!array || state.step < 2) return false;
  for (let unit = 0; unit < layer.shown; unit++) {
    if (at(array, layer, unit, state.step - 1) !== at(array, layer, unit, state.step - 2)) return true;
  }
  return false;
}

function drawInput() {
  const [channels, rows, columns] = data.input.shape, size = channels * rows * columns;
  const canvas = find("input"), pen = canvas.getContext("2d");
  canvas.width = columns;
  canvas.height = rows;
  const zoom = Math.max(1, Math.floor(Math.min(160 / rows, 280 / columns)));
  canvas.style.width = `${columns * zoom}px`;
  canvas.style.height = `${rows * Math.max(zoom, rows === 1 ? 24 : 1)}px`;
  const picture = pen.createImageData(columns, rows), area = rows * columns;
  for (let place = 0; place < area; place++) {
    for (let each = 0; each < 3; each++) {
      const channel = channels === 3 ? each : 0;
      picture.data[4 * place + each] =
        state.step === 0 ? 0 : inputs[state.sample * size + channel * area + place];
    }
    picture.data[4 * place + 3] = 255;
  }
  pen.putImageData(picture, 0, 0);
}

function told() {
  const { answer, label } = data.samples[state.sample], parts = [];
  if (label !== null) parts.push(`${isTaught() ? "taught" : "labelled"} ${className(label)}`);
  if (answer !== null) parts.push(`the network says ${className(answer)}`);
  return parts.join(", ");
}

function write() {
  const isBlank = state.step === 0, words = told();
  find("step-told").textContent = `${state.step} of ${LAST}${isBlank ? " (blank input)" : ""}`;
  find("sample-told").textContent = `${state.sample + 1} of ${COUNT}`;
  find("step").value = state.step;
  find("sample").value = state.sample;
  find("teacher").checked = isTaught();
  find("scale").value = state.scale;
  find("told").textContent = words && words[0].toUpperCase() + words.slice(1);
  find("input-told").textContent = isBlank ? "input: blank" : `input ${data.input.told}`;
  find("input").setAttribute("aria-label", isBlank ? "blank input" : `input: sample ${state.sample + 1}`);
  for (const panel of panels) describe(panel);
  for (const { flow, kind, sender } of flows) flow.classList.toggle("active", changes(kind, sender));
  writeNumbers();
}

function describe({ canvas, layer, kind, low, high }) {
  const units = Array.from({ length: layer.shown }, (_, unit) => unit);
  if (kind === "events") {
    const rates = units.map((unit) => eventRate(layer, unit));
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const text = `mean ${short(mean)}, highest ${short(Math.max(...rates))}`;
    canvas.setAttribute("aria-label", `${layer.name}, event rates: ${text}`);
    [low.textContent, high.textContent] = ["0", short(layer.highest)];
    return;
  }
  const all = units.map((unit) => deviation(layer, unit)), end = widest(layer);
  const [lowest, highest] = [Math.min(...all), Math.max(...all)].map(signedShort);
  canvas.setAttribute("aria-label",
    `${layer.name}, burst probabilities: ${lowest} to ${highest} around ${data.baseline}`);
  [low.textContent, high.textContent] = [-end, end].map(signedShort);
}

function writeNumbers() {
  const layer = data.layers.at(-1), { answer, label } = data.samples[state.sample];
  const table = find("numbers"), values = data.output; // the largest, of many
  let units = Array.from({ length: layer.shown }, (_, unit) => unit);
  if (units.length > 20) units = units.sort((a, b) => eventRate(layer, b) - eventRate(layer, a)).slice(0, 20);
  table.replaceChildren();
  const head = element(element(table, "thead"), "tr"), body = element(table, "tbody");
  for (const name of [data.classes.length ? "class" : "unit", "e", ...(values ? ["output"] : []), "p", ""]) {
    element(head, "th", "", name).scope = "col";
  }
  for (const unit of units) {
    const index = origin(layer, unit), rate = eventRate(layer, unit);
    const row = element(body, "tr", index === answer ? "answer" : "");
    element(row, "td", "", className(index));
    element(row, "td", "", rate.toFixed(2));
    if (values) element(row, "td", "", short(values.scale * rate + values.offset));
    element(row, "td", "", (data.baseline + deviation(layer, unit)).toFixed(3));
    element(row, "td", "", isTaught() && index === label ? "← teacher" : "");
  }
}

function paint() {
  for (const panel of panels) draw(panel);
  drawInput();
}

function show(change = {}) {
  Object.assign(state, change);
  state.sample = Math.min(COUNT - 1, Math.max(0, state.sample || 0));
  state.step = Math.min(LAST, Math.max(0, state.step || 0));
  if (!("time" in change)) state.time = state.step;
  if (pointed) tell();
  write();
  paint();
  if (playing === null) remember();
}

// ---- pointing at a unit

function point(panel, event) {
  const before = pointed;
  pointed = null;
  if (panel) {
    const box = panel.canvas.getBoundingClientRect(), { layout, layer } = panel;
    const x = event.clientX - box.left, y = event.clientY - box.top;
    for (let unit = 0; unit < layer.shown && !pointed; unit++) {
      const [left, top] = layout.place(unit);
      if (x >= left && y >= top && x < left + layout.size && y < top + layout.size) {
        pointed = { layer, unit, x: event.clientX, y: event.clientY };
      }
    }
  }
  find("tip").hidden = pointed === null;
  if (pointed) tell();
  if (before?.unit !== pointed?.unit || before?.layer !== pointed?.layer) paint();
}

function tell() {
  const { layer, unit, x, y } = pointed, tip = find("tip"), change = deviation(layer, unit);
  const index = origin(layer, unit);
  const [, rows, columns] = layer.maps, area = rows * columns;
  let name = `unit ${index}`;
  if (rows > 1) name = `channel ${Math.floor(index / area)}, row ${Math.floor((index % area) / columns)}, column ${index % columns}`;
  if (layer.isOutput && data.classes.length) name = className(index);
  const bursts = (data.baseline + change).toFixed(4) + (change ? ` (${signedShort(change)})` : " (baseline)");
  tip.textContent = `${layer.name}, ${name}\ne = ${short(eventRate(layer, unit))}\np = ${bursts}`;
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 10 : y + 18}px`;
}

// ---- playing

function pause() {
  if (playing !== null) cancelAnimationFrame(playing);
  playing = null;
  find("play").textContent = "▶";
  find("play").setAttribute("aria-label", "play");
}
function play() {
  const start = state.step === LAST ? 0 : state.step;
  let began = null;
  find("play").textContent = "❚❚";
  find("play").setAttribute("aria-label", "pause");
  const tick = (now) => {
    began ??= now;
    const time = Math.min(LAST, start + (now - began) / STEP_MS), step = Math.floor(time);
    // Messages take the second half of a step to arrive.
    const shown = calm ? step : Math.min(LAST, step + Math.max(0, 2 * (time - step) - 1));
    if (time >= LAST) {
      pause();
      return show({ step: LAST });
    }
    if (step !== state.step) show({ step, time: shown });
    else if (shown !== state.time) {
      state.time = shown;
      paint();
    }
    playing = requestAnimationFrame(tick);
  };
  playing = requestAnimationFrame(tick);
}
const toggle = () => (playing === null ? play() : (pause(), show()));

// ---- what is shown, in the address

function remember() {
  const { sample, step, scale } = state, theme = document.documentElement.dataset.theme;
  const text = new URLSearchParams({ sample, step, teacher: +isTaught(), scale, theme });
  try {
    history.replaceState(null, "", `#${text}`);
  } catch { /* some browsers limit how often */ }
}
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  readColours();
}
function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)), change = {};
  for (const name of ["sample", "step"]) if (given.has(name)) change[name] = parseInt(given.get(name), 10);
  if (given.has("teacher")) change.teacher = given.get("teacher") !== "0";
  if (["own", "all"].includes(given.get("scale"))) change.scale = given.get("scale");
  const usual = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const theme = given.get("theme");
  setTheme(["dark", "light"].includes(theme) ? theme : document.documentElement.dataset.theme ?? usual);
  show(change);
}

const otherTheme = () => {
  setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  show();
};
find("step").max = LAST;
find("sample").max = COUNT - 1;
find("baseline").textContent = data.baseline;
find("teaching").hidden = !data.taught;
find("play").addEventListener("click", toggle);
find("theme").addEventListener("click", otherTheme);
find("step").addEventListener("input", (event) => { pause(); show({ step: +event.target.value }); });
find("sample").addEventListener("input", (event) => show({ sample: +event.target.value }));
find("teacher").addEventListener("change", (event) => show({ teacher: event.target.checked }));
find("scale").addEventListener("change", (event) => show({ scale: event.target.value }));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const on = event.target.tagName;
  if (on === "SELECT" || (on !== "BODY" && on !== "HTML" && event.key === " ")) return;
  if (on === "INPUT" && event.target.type === "range" && event.key.startsWith("Arrow")) return;
  const actions = {
    " ": toggle, t: () => show({ teacher: !state.teacher }), d: otherTheme,
    ArrowLeft: () => { pause(); show({ step: state.step - 1 }); },
    ArrowRight: () => { pause(); show({ step: state.step + 1 }); },
    ArrowUp: () => show({ sample: state.sample - 1 }),
    ArrowDown: () => show({ sample: state.sample + 1 }),
  };
  if (!(event.key in actions)) return;
  event.preventDefault();
  actions[event.key]();
});
addEventListener("hashchange", () => { pause(); fromAddress(); });
addEventListener("resize", () => paint());
fromAddress();
