// @ts-check
// The alarm. Sounds are computed into loops as long as their period and played
// by the audio thread, so no timer has to run for an alarm to repeat, in a
// hidden tab or under load.
//
// Bursts follow IEC 60601-1-8: high priority 3+2 pulses, medium 3, low 1.
import { signal } from '../vendor/preact.mjs';
import { onTick, serverNow } from './clock.mjs';

/** running, suspended (the browser wants a gesture first) or none (no audio at all). */
export const audio = signal('suspended');
/** Until when (server time, ms) an operator has hushed what was ringing then. */
export const hushedUntil = signal(0);

const RATE = 24000; // Hz; the highest harmonic is 1,980 Hz
const sounds = {
  1: { period: 4, tone: 660, pulses: [0, 0.25, 0.5, 0.9, 1.15], loop: true },
  2: { period: 12, tone: 520, pulses: [0, 0.3, 0.6], loop: true },
  3: { period: 1, tone: 440, pulses: [0], loop: false },
  link: { period: 8, tone: 440, fall: 330, pulses: [0, 0.3], loop: true },
};

let ctx, master, meter, samples, buffers = {}, advanced = 0, looked = 0, moving = true;
let playing = null; // {name, source, gain}
let wanted = null;  // what should ring: 1, 2, 'link' or null
let louder = false; // the plan has said that what rings is to be heard further

function open() {
  const Context = window.AudioContext;
  if (!Context) { audio.value = 'none'; return; }
  ctx = new Context({ latencyHint: 'interactive' });
  master = ctx.createGain();
  meter = ctx.createAnalyser();
  meter.fftSize = 2048;
  samples = new Float32Array(meter.fftSize);
  master.connect(meter).connect(ctx.destination);
  for (const name in sounds) buffers[name] = render(sounds[name]);
  ctx.onstatechange = check;
  check();
}

function render({ period, tone, fall, pulses }) {
  const buffer = ctx.createBuffer(1, Math.round(period * RATE), RATE);
  const data = buffer.getChannelData(0);
  const length = 0.15, ramp = 0.012; // seconds; the ramp keeps clicks out
  pulses.forEach((start, n) => {
    const f = fall && n % 2 ? fall : tone;
    for (let i = 0; i < length * RATE; i++) {
      const x = i / RATE;
      const envelope = Math.min(1, x / ramp, (length - x) / ramp);
      const wave = Math.sin(2 * Math.PI * f * x) + 0.5 * Math.sin(4 * Math.PI * f * x) + 0.35 * Math.sin(6 * Math.PI * f * x);
      data[Math.round(start * RATE) + i] = 0.5 * envelope * wave;
    }
  });
  return buffer;
}

function check() {
  if (!ctx) return;
  // "running" alone is not enough: a lost output device leaves it so with the clock still.
  audio.value = ctx.state === 'running' && moving ? 'running' : 'suspended';
}

onTick(() => {
  if (!ctx) return;
  // Judged over a second: beats that come late come in pairs, and between
  // those the audio clock rightly stands still.
  const at = performance.now();
  if (at - looked >= 1000) {
    moving = ctx.state !== 'running' || ctx.currentTime > advanced;
    advanced = ctx.currentTime;
    looked = at;
  }
  check();
  if (hushedUntil.value && serverNow() > hushedUntil.value) { hushedUntil.value = 0; follow(); }
});

/** Asks the browser for sound; counts only inside a gesture. */
export async function arm() {
  if (!ctx) open();
  try { await ctx?.resume(); } catch { /* stays suspended, and the bar says so */ }
  check();
}

/** Says what should ring now: 1, 2, 'link' or null. fresh breaks a hush; loud is +6 dB. */
export function ring(what, fresh, loud) {
  if (fresh) hushedUntil.value = 0;
  wanted = what;
  louder = Boolean(loud);
  follow();
  if (playing) playing.gain.gain.setTargetAtTime(volume(), ctx.currentTime, 0.05);
}

const volume = () => (louder ? 1 : 0.5);

/** One chime, for what is no emergency. */
export function chime() {
  if (ctx && !playing) start(3);
}

export function hush(ms) {
  hushedUntil.value = serverNow() + ms;
  follow();
}

function follow() {
  if (!ctx) return;
  const name = hushedUntil.value && wanted !== 'link' ? null : wanted;
  if (playing && playing.name === name) return;
  stop();
  if (name !== null) start(name);
}

function start(name) {
  const gain = ctx.createGain();
  gain.gain.value = sounds[name].loop ? volume() : 0.5;
  const source = ctx.createBufferSource();
  source.buffer = buffers[name];
  source.loop = sounds[name].loop;
  source.connect(gain).connect(master);
  source.start();
  const mine = { name, source, gain };
  if (source.loop) playing = mine;
}

function stop() {
  if (!playing) return;
  const { source, gain } = playing;
  playing = null;
  gain.gain.cancelScheduledValues(ctx.currentTime);
  gain.gain.setTargetAtTime(0, ctx.currentTime, 0.008);
  source.stop(ctx.currentTime + 0.06);
}

/** How loud it is right now, 0 to 1, before the volume of the machine. */
export function rms() {
  if (!meter) return 0;
  meter.getFloatTimeDomainData(samples);
  let sum = 0;
  for (const s of samples) sum += s * s;
  return Math.sqrt(sum / samples.length);
}

open();
