// @ts-check
// Pictures as SVG: emoji are empty boxes on many a Linux desk.
import { html } from '../vendor/preact.mjs';

export const speaker = (on) => html`<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="M1 6h3l4-3v10l-4-3H1z" fill="currentColor"/>${on
  ? html`<path d="M10.5 5a4 4 0 010 6M12.5 3a7 7 0 010 10" stroke="currentColor" fill="none" stroke-width="1.5"/>`
  : html`<path d="M10.5 6l4 4m0-4l-4 4" stroke="currentColor" stroke-width="1.6"/>`}</svg>`;

export const clock = html`<svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M8 4v4.4l3 1.8" fill="none" stroke="currentColor" stroke-width="1.8"/></svg>`;

const shapes = { 1: 'M8 2l7 12H1z', 2: 'M8 1l7 7-7 7-7-7z', 3: 'M8 2a6 6 0 110 12A6 6 0 018 2z' };

/** A priority: colour, shape and word together, since none may stand alone. */
export const priority = (n, text, cls = '') => html`<span class=${`pri p${n} ${cls}`}><svg width="13" height="13" viewBox="0 0 16 16" aria-hidden="true"><path d=${shapes[n] || shapes[3]} fill="currentColor"/></svg> ${text}</span>`;
