// @ts-check
// Where the chosen ones are, seen from the home: true bearings, distances to
// scale, rings for the eye. It needs no map data and no graphics card.
import { html } from '../vendor/preact.mjs';
import { t, word, metres } from './words.mjs';

const R = 130; // of the outer ring, in SVG units

export function Schematic({ inc }) {
  if (inc.lat === undefined || !inc.offers.length) return null;
  const places = inc.offers.map(o => {
    const dy = (o.lat - inc.lat) * 110574, dx = (o.lon - inc.lon) * 111320 * Math.cos(inc.lat * Math.PI / 180);
    return { o, dx, dy, d: Math.hypot(dx, dy), x: 0, y: 0 };
  });
  const reach = niceAbove(Math.max(100, ...places.map(p => p.d)));
  const going = s => ['accepted', 'en_route', 'on_scene'].includes(s);
  spread(places, R / reach);
  return html`<svg class="schematic" viewBox="-220 -160 440 320" role="img" aria-label=${t('schematic')}>
    ${[0.5, 1].map(f => html`<g><circle r=${R * f} class="ring" /><text class="ring-t" x="4" y=${R * f - 5}>${metres(reach * f)}</text></g>`)}
    <path class="ring" d="M0 -${R}V${R}M-${R} 0H${R}" /><text class="ring-t north" y=${-R - 6}>${t('north')}</text>
    ${places.map(({ o, x, y }, n) => html`<g key=${o.responder} class=${going(o.state) ? 'on' : ''}><path class="way" d="M0 0L${x.toFixed(1)} ${y.toFixed(1)}" />
        <circle class=${`dot-${o.kind}`} cx=${x} cy=${y} r="10" /><text class="dot-n" x=${x} y=${y + 4}>${n + 1}</text>
        <text class="dot-t" x=${x + (x > 0 ? 15 : -15)} y=${y + 4} text-anchor=${x > 0 ? 'start' : 'end'}>${short(o.name)}</text></g>`)}
    <path class="home" d="M0 -13L13 -1H9V11H-9V-1H-13Z"><title>${inc.address} ${word('kind', inc.kind)}</title></path>
  </svg>`;
}

// Two at one place (a station) or at the door itself would hide each other:
// the later one is moved down until it can be read.
function spread(places, scale) {
  places.forEach((p, n) => {
    p.x = p.dx * scale;
    p.y = -p.dy * scale;
    const hidden = () => Math.hypot(p.x, p.y) < 22 || places.slice(0, n).some(q => Math.abs(q.x - p.x) < 60 && Math.abs(q.y - p.y) < 20);
    for (let tries = 0; tries < 20 && hidden(); tries++) p.y += 8;
  });
}

const short = name => (name.length > 7 ? name.slice(0, 7) + '…' : name);

function niceAbove(m) {
  for (let p = 100; ; p *= 10) for (const f of [1, 2, 3, 5]) if (p * f >= m) return p * f;
}
