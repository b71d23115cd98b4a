// ---- colours

const rgb = (hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
function gradient(hexes) { // 256 colours
  const stops = hexes.map(rgb);
  return Array.from({ length: 256 }, (_, index) => {
    const place = (index / 255) * (stops.length - 1), low = Math.min(Math.floor(place), stops.length - 2);
    const mixed = stops[low].map((value, i) => Math.round(value + (place - low) * (stops[low + 1][i] - value)));
    return `rgb(${mixed})`;
  });
}
function readColours() {
  const own = getComputedStyle(document.documentElement);
  const [low, middle, high, ink, gap] = ["low", "middle", "high", "ink", "gap"].map(
    (name) => own.getPropertyValue(`--${name}`).trim());
  mapped = { events: gradient(EVENTS), bursts: gradient([low, middle, high]), ink, gap };
  for (const kind of ["events", "bursts"]) {
    const stops = mapped[kind].filter((_, index) => index % 15 === 0);
    for (const bar of document.querySelectorAll(`.${kind} .scale i`)) {
      bar.style.background = `linear-gradient(90deg, ${stops})`;
    }
  }
}
const colour = (kind, share) => mapped[kind][Math.round(255 * Math.min(1, Math.max(0, share)))];

// ---- where units are drawn

function places(layer, width) {
  const wide = width > 300 ? 3.2 : 1.5;
  const [maps, rows, columns] = layer.maps; // a dense layer is one map of one row
  if (rows > 1) {
    const across = Math.max(1, Math.min(maps, Math.round(Math.sqrt((maps * wide * rows) / columns))));
    const gap = 4, size = Math.min((width - gap * (across - 1)) / (across * columns), 14);
    const place = (unit) => {
      const map = Math.floor(unit / (rows * columns)), inside = unit % (rows * columns);
      return [
        (map % across) * (columns * size + gap) + (inside % columns) * size,
        Math.floor(map / across) * (rows * size + gap) + Math.floor(inside / columns) * size,
      ];
    };
    return { size, place, height: Math.ceil(maps / across) * (rows * size + gap) - gap };
  }
  const few = layer.shown <= 20;
  const full = few ? 1 : Math.max(1, Math.round(layer.shown / Math.sqrt(layer.shown * wide)));
  const across = Math.ceil(layer.shown / full), size = Math.min(width / across, 56);
  const place = (unit) => [(unit % across) * size, Math.floor(unit / across) * size];
  return { size, place, height: Math.ceil(layer.shown / across) * size };
}

function draw(panel) {
  const { canvas, layer, kind } = panel, ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth, layout = (panel.layout = places(layer, width));
  const names = layer.isOutput && layer.shown <= 20 && data.classes.length > 0;
  const height = Math.ceil(layout.height + (names ? 22 : 0));
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d"), gap = layout.size >= 6 ? 1 : 0, reach = widest(layer);
  pen.scale(ratio, ratio);
  for (let unit = 0; unit < layer.shown; unit++) {
    const [x, y] = layout.place(unit);
    const share = kind === "events" ? eventRate(layer, unit) / layer.highest
      : 0.5 + deviation(layer, unit) / (2 * reach);
    pen.fillStyle = colour(kind, share);
    pen.fillRect(x, y, layout.size - gap + (gap ? 0 : 0.5), layout.size - gap + (gap ? 0 : 0.5));
  }
  if (names) drawNames(pen, layer, layout);
  if (pointed && pointed.layer === layer) frame(pen, layout, pointed.unit, 2);
}

function frame(pen, layout, unit, line) {
  const [x, y] = layout.place(unit);
  pen.strokeStyle = mapped.ink;
  pen.lineWidth = line;
  pen.strokeRect(x, y, layout.size - 1, layout.size - 1);
}

function drawNames(pen, layer, layout) {
  const { answer, label } = data.samples[state.sample];
  const longest = Math.max(...Array.from({ length: layer.shown }, (_, unit) => shortNames[origin(layer, unit)].length));
  const most = Math.max(1, Math.floor(layout.size / 8));
  pen.fillStyle = mapped.ink;
  pen.textAlign = "center";
  for (let unit = 0; unit < layer.shown; unit++) {
    const [x, y] = layout.place(unit), index = origin(layer, unit), name = shortNames[index];
    pen.font = `${index === answer ? "bold " : ""}${layout.size < 20 && longest > 1 ? 10 : 13}px system-ui, sans-serif`;
    pen.fillText(name.slice(0, most), x + layout.size / 2, y + layout.size + 15);
    if (isTaught() && index === label) pen.fillRect(x + layout.size * 0.2, y + layout.size + 18, layout.size * 0.6, 2);
  }
}
