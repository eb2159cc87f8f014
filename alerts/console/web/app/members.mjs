// @ts-check
// The list of an area's incident: who called, the gravest first, and how far
// each call is now. A row opens its call.
import { html } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';
import * as store from './store.mjs';
import { furthest, isOpen } from './help.mjs';
import { clockTime } from './clock.mjs';

const STAGES = ['waits', 'accepted', 'en_route', 'on_scene'];

function Row({ member: m }) {
  const call = store.incidents.value.get(m.incident);
  const stage = call && isOpen(call) ? STAGES[furthest(call)] : '';
  const now = !stage ? t('member.closed') : stage === 'waits' ? t('member.waits') : word('assignment', stage);
  const row = html`<span class="risk">${m.risk}</span><span class="who"><b>${m.address || t('member.nameless')}</b> <small>${m.name} · ${word('kind', m.kind)}${m.why?.length ? ` · ${m.why.map(w => word('risk', w)).join(t('comma'))}` : ''}</small></span><span class="st"><span class="state">${now}</span> <small>${clockTime(m.at)}</small></span>`;
  return call && isOpen(call) ? html`<button type="button" class="member" onClick=${() => store.select(m.incident)}>${row}</button>` : html`<div class="member done">${row}</div>`;
}

export function Members({ inc }) {
  const open = inc.members.filter(m => { const c = store.incidents.value.get(m.incident); return c && isOpen(c); }).length;
  return html`<div class="members" role="region" aria-label=${t('members')}><h3>${t('members')} <b class="cnt">${inc.members.length}</b> <small>${t('members.open', { n: open })}</small><span class="grow"></span>
      ${inc.area && html`<a href=${`/welfare?area=${encodeURIComponent(inc.area)}`} target="_blank" rel="noopener">${t('members.print')}</a>`}</h3>
    ${inc.members.map(m => html`<${Row} key=${m.incident} member=${m} />`)}
  </div>`;
}
