// @ts-check
// The right side: whom it is about, who of the family was told, who has seen it.
import { html, useState } from '../vendor/preact.mjs';
import { t, word, defect, late } from './words.mjs';
import * as store from './store.mjs';
import { lineTime } from './clock.mjs';
import { command, pending } from './desk.mjs';
import { asks, Delivery } from './delivery.mjs';
import { family, isOpen } from './help.mjs';
import { personOf, sexAge, pressedAt, coordinates } from './queue.mjs';

export function Profile() {
  const inc = store.selected.value;
  if (!inc) return html`<aside class="prof" aria-label=${t('profile')}></aside>`;
  const acts = !store.readOnly && isOpen(inc);
  const at = pressedAt(inc);
  return html`<aside class="prof" aria-label=${t('profile')}>
    <section class="p-h"><div class="av" aria-hidden="true">${(inc.name || '?').slice(0, 1)}</div>
      <div><h2>${personOf(inc)} <small>${sexAge(inc)}</small></h2><p>${[inc.hints, inc.language && word('language', inc.language)].filter(Boolean).join(' · ')}</p></div></section>
    <dl class="facts">
      <dt>${t('address')}</dt><dd>${inc.address || t('unknown.place')} ${inc.floor && t('floor', { n: inc.floor })}</dd>
      ${inc.lat !== undefined && html`<dt>${t('coordinates')}</dt><dd>${coordinates(inc)}</dd>`}
      ${at && html`<dt>${t('position')}</dt><dd>${coordinates(at)}</dd>`}
      <dt>${t('device')}</dt><dd>${inc.device}</dd>
      ${inc.phone && html`<dt>${t('phone')}</dt><dd><a href=${`tel:${inc.phone}`}>${inc.phone}</a></dd>`}
      ${inc.elder && html`<dt>${t('elder')}</dt><dd>${inc.elder}</dd>`}
      <dt>${t('incident')}</dt><dd>${inc.id}</dd>
    </dl>
    ${acts && inc.elder && html`<${Revealed} key=${inc.id} inc=${inc} />`}
    <${Family} inc=${inc} acts=${acts} />
    <h3>${t('presses')} <b class="cnt">${inc.pressed}</b></h3>
    ${inc.presses.slice(-6).map(p => html`<div class="po"><time>${lineTime(p.received || p.stored_at || p.at)}</time> ${word('kind', p.kind)} ${p.battery !== undefined ? t('battery', { n: p.battery }) : ''} ${p.late_ms > 0 ? html`<span class="y">${late(p.late_ms)}</span>` : ''} ${p.defect ? html`<span class="y">${defect(p.defect)}</span>` : ''}</div>`)}
    <h3>${t('seen_by')}</h3>
    ${inc.seen_by.slice(-6).map(s => html`<div class="po"><time>${lineTime(s.at)}</time> <b>${s.operator}</b> <span class=${s.audio === 'running' ? 'g' : 'y'}>${t(s.audio === 'running' ? 'seen.sound' : 'seen.mute')}</span></div>`)}
    ${!inc.seen_by.length && html`<p class="none">${t('seen.none')}</p>`}
  </aside>`;
}

/** Each of the family once: what they were told, and whether they are coming. */
function Family({ inc, acts }) {
  const kin = new Map(), said = family(inc);
  for (const a of inc.alerts) if (a.role === 'contact' && (asks(a) || !kin.has(a.to))) kin.set(a.to, a);
  return html`<h3>${t('family')} <b class="cnt">${kin.size}</b></h3>
    ${[...kin.values()].map(a => html`<div class="ct" key=${a.to}><span><b>${a.name}</b> <${Says} coming=${said.get(a.to)} /><br /><${Delivery} alert=${a} /></span>
      ${acts ? html`<button type="button" class="call" onClick=${() => store.ring(inc.id, a.to)}>${a.phone}</button>` : a.phone && html`<a class="call" href=${`tel:${a.phone}`}>${a.phone}</a>`}</div>`)}
    ${!kin.size && html`<p class="none">${t('family.none')}</p>`}`;
}

function Says({ coming }) {
  if (!coming) return null;
  return coming.not ? html`<span class="tag">${t('family.not_coming')}</span>` : html`<span class="tag ok">${t('family.coming')}</span>`;
}

/** The way in and what is known of the elder's health: hidden until somebody asks, and then on record. */
function Revealed({ inc }) {
  const [shown, setShown] = useState(/** @type {Record<string, string>} */ ({}));
  const show = async what => {
    const answer = await command(inc, 'reveal', { what }, store.took);
    if (answer) setShown({ ...shown, [what]: answer.text || t('reveal.empty') });
  };
  const may = document.body.dataset.medical === 'true' ? ['access_note', 'medical'] : ['access_note'];
  return html`<div class="secret">${may.map(what => html`<p key=${what}><b>${word('reveal', what)}</b> ${shown[what]
    ? html`<span class="shown" id=${`shown-${what}`}>${shown[what]}</span>`
    : html`<span class="dots" aria-hidden="true">• • • •</span> <button type="button" id=${`reveal-${what}`} disabled=${pending.value[inc.id]} onClick=${() => show(what)}>${t('reveal.show')}</button>`}</p>`)}</div>`;
}
