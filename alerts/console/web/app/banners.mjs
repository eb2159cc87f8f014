// @ts-check
// What must not be overlooked on the incident in the middle, each in a line of
// its own with what to do about it.
import { html } from '../vendor/preact.mjs';
import { t, word, holder, defect } from './words.mjs';
import { reason } from './reasons.mjs';
import * as store from './store.mjs';
import { since } from './clock.mjs';
import { alone, family, isOpen } from './help.mjs';

export function Banners({ inc }) {
  const faults = [...new Set(inc.presses.map(p => p.defect).filter(Boolean))];
  return html`<${Alone} inc=${inc} /><${Short} inc=${inc} /><${Proposal} inc=${inc} /><${Handed} inc=${inc} />
    ${inc.idle_at && html`<p class="banner idle" role="status">${t('idle.banner', { span: since(lastDeed(inc)) })}</p>`}
    ${(inc.unknown || inc.desk) && html`<p class="banner must">${t('desk.must')} ${reason(inc.unknown || inc.desk)}${inc.unknown ? t('desk.find_out') : ''}</p>`}
    ${faults.map(f => html`<p class="banner must" key=${f}>${defect(f)}</p>`)}`;
}

// When somebody last did something: not the plan's reminders, nor what carriers and pages report.
const lastDeed = inc => inc.timeline.findLast(l => !['escalated', 'reported', 'retaken', 'seen', 'revealed'].includes(l.what))?.at || inc.raised_at;

// The one state in which a taken call is still as grave as a new one.
function Alone({ inc }) {
  if (!alone(inc)) return null;
  const asked = inc.offers.filter(o => o.state === 'offered').length;
  const coming = [...family(inc).values()].filter(c => !c.not);
  return html`<p class=${`banner alone ${inc.acked || !asked ? 'hot' : ''}`} id="alone"><b>${t('alone')}</b> <b class="clockish">${since(inc.waiting_since)}</b>
    <span>${asked ? t('alone.asked', { n: asked }) : t('alone.nobody')}${inc.tier ? ` · ${t('alone.tier', { n: inc.tier })}` : ''}${coming.length ? ` · ${t('alone.family', { who: coming.map(c => c.name).join(t('comma')) })}` : ''}</span></p>`;
}

// Whoever is there has asked for more help, and it is not on the way.
function Short({ inc }) {
  const going = inc.offers.filter(o => ['accepted', 'en_route', 'on_scene'].includes(o.state)).length;
  if (!(inc.more > 0) || alone(inc) || !isOpen(inc) || going >= inc.wanted) return null;
  return html`<p class="banner must" id="short"><b>${t('more.short', { n: inc.wanted - going })}</b></p>`;
}

function Proposal({ inc }) {
  const p = inc.proposed;
  if (!p || !isOpen(inc)) return null;
  const how = word('disposition', p.disposition), mine = p.operator === store.me;
  return html`<p class=${`banner proposed ${mine ? '' : 'hot'}`} id="proposal"><b>${mine ? t('proposed.mine', { how }) : t('proposed.other', { by: p.operator || '', how })}</b> <span>${p.note || ''}</span>
    ${!mine && !store.readOnly && html`<button type="button" id="second-look" onClick=${() => store.open('close', inc.id, { how: p.disposition })}>${t('proposed.look')}</button>`}</p>`;
}

function Handed({ inc }) {
  if (!inc.hand_to || !isOpen(inc) || !inc.acked) return null;
  const words = inc.timeline.findLast(l => l.what === 'noted' && l.data === inc.hand_to)?.text;
  const mine = inc.hand_to === store.me;
  return html`<p class=${`banner handed ${mine ? 'hot' : ''}`}><b>${mine ? t('handed.me', { by: holder(inc.acked.operator) }) : t('handed.other', { to: inc.hand_to })}</b> <span>${words || ''}</span>
    ${mine && html`<button type="button" onClick=${() => store.open('takeover', inc.id)}>${t('act.takeover')}</button>`}</p>`;
}
