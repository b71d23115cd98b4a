"use strict";
const find = (id) => document.getElementById(id);
const data = JSON.parse(find("data").textContent);
const unpacked = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const signed = (text) => new Int8Array(unpacked(text).buffer);
const LAST = data.steps - 1, COUNT = data.samples.length;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const STEP_MS = calm ? 1200 : 700;
const EVENTS = ["#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725"];

const state = { sample: data.first, step: LAST, teacher: data.taught, scale: "own", time: LAST };
let playing = null, pointed = null, mapped = {};

// ---- numbers: arrays are (samples, steps, units shown)

for (const layer of data.layers) {
  layer.events = unpacked(layer.events);
  layer.quiet = layer.quiet && signed(layer.quiet);
  layer.taught = layer.taught && signed(layer.taught);
  layer.scaleOfAll = Math.max(...layer.scale);
}
const inputs = unpacked(data.input.pixels);

const isTaught = () => state.teacher && data.taught;
const origin = (layer, unit) => (layer.indices ? layer.indices[unit] : unit);
const deviations = (layer) => (isTaught() ? layer.taught : layer.quiet);
const at = (array, layer, unit, step, sample = state.sample) =>
  array ? array[(sample * data.steps + step) * layer.shown + unit] : 0;

function between(array, layer, unit) { // two steps, while it plays
  const low = Math.floor(state.time), part = state.time - low, first = at(array, layer, unit, low);
  return part ? first + part * (at(array, layer, unit, low + 1) - first) : first;
}
const eventRate = (layer, unit) => (between(layer.events, layer, unit) / 255) * layer.highest;
const deviation = (layer, unit) =>
  (between(deviations(layer), layer, unit) / 127) * layer.reach[state.sample];
const widest = (layer) => (state.scale === "own" ? layer.scale[state.sample] : layer.scaleOfAll);
const short = (number) => String(+number.toPrecision(3));
const signedShort = (number) => (number < 0 ? "−" : "+") + short(Math.abs(number));
const className = (index) => data.classes[index] ?? String(index);
const words = data.classes.map((name) => name.split(" ")[0]);
const shortNames = new Set(words).size === words.length ? words : data.classes;
