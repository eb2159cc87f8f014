// @ts-check
// The right side: whom it is about, who of the family was told, who has seen it.
import { html } from '../vendor/preact.mjs';
import { t, word, defect, late } from './words.mjs';
import * as store from './store.mjs';
import { lineTime } from './clock.mjs';
import { personOf, sexAge, pressedAt, coordinates } from './queue.mjs';
import { Delivery } from './incident.mjs';

export function Profile() {
  const inc = store.selected.value;
  if (!inc) return html`<aside class="prof" aria-label=${t('profile')}></aside>`;
  const family = inc.alerts.filter(a => a.role === 'contact');
  const at = pressedAt(inc);
  return html`<aside class="prof" aria-label=${t('profile')}>
    <section class="p-h"><div class="av" aria-hidden="true">${(inc.name || '?').slice(0, 1)}</div>
      <div><h2>${personOf(inc)} <small>${sexAge(inc)}</small></h2><p>${[inc.hints, inc.language && word('language', inc.language)].filter(Boolean).join(' · ')}</p></div></section>
    <dl class="facts">
      <dt>${t('address')}</dt><dd>${inc.address || t('unknown.place')} ${inc.floor && t('floor', { n: inc.floor })}</dd>
      ${inc.lat !== undefined && html`<dt>${t('coordinates')}</dt><dd>${coordinates(inc)}</dd>`}
      ${at && html`<dt>${t('position')}</dt><dd>${coordinates(at)}</dd>`}
      <dt>${t('device')}</dt><dd>${inc.device}</dd>
      ${inc.elder && html`<dt>${t('elder')}</dt><dd>${inc.elder}</dd>`}
      <dt>${t('incident')}</dt><dd>${inc.id}</dd>
    </dl>
    <h3>${t('family')} <b class="cnt">${family.length}</b></h3>
    ${family.map(a => html`<div class="ct" key=${a.id}><span><b>${a.name}</b><br /><${Delivery} alert=${a} /></span><a class="call" href=${`tel:${a.phone}`}>${a.phone}</a></div>`)}
    ${!family.length && html`<p class="none">${t('family.none')}</p>`}
    <h3>${t('presses')} <b class="cnt">${inc.pressed}</b></h3>
    ${inc.presses.slice(-6).map(p => html`<div class="po"><time>${lineTime(p.received || p.stored_at || p.at)}</time> ${word('kind', p.kind)} ${p.battery !== undefined ? t('battery', { n: p.battery }) : ''} ${p.late_ms > 0 ? html`<span class="y">${late(p.late_ms)}</span>` : ''} ${p.defect ? html`<span class="y">${defect(p.defect)}</span>` : ''}</div>`)}
    <h3>${t('seen_by')}</h3>
    ${inc.seen_by.slice(-6).map(s => html`<div class="po"><time>${lineTime(s.at)}</time> <b>${s.operator}</b> <span class=${s.audio === 'running' ? 'g' : 'y'}>${t(s.audio === 'running' ? 'seen.sound' : 'seen.mute')}</span></div>`)}
    ${!inc.seen_by.length && html`<p class="none">${t('seen.none')}</p>`}
  </aside>`;
}
