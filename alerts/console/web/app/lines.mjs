// @ts-check
// One line of the timeline in words: who did what.
import { t, word, holder, late, defect } from './words.mjs';
import { reason } from './reasons.mjs';
import { clockTime, momentTime, pressTime } from './clock.mjs';

/** A person's name by the id the journal has: a responder's, elder#rank of a relative, or whoever is on call. */
export function person(id, inc) {
  if (!id) return '';
  const told = inc.alerts.find(a => a.to === id);
  return inc.offers.find(o => o.responder === id)?.name || told?.name || (told ? word('role', told.role) : id);
}

/** Whom a call was made to. */
export const called = (whom, inc) => (whom === 'elder' || whom === 'ambulance' ? word('whom', whom) : person(whom, inc));

const operatorOf = by => (/^operator (.+)$/.exec(by || '') || [])[1] || '';

/** Who did it: the journal says "operator li", "person R-7" for an answer of that responder, "dispatcher", "plan", "recorder". */
export function actor(line, inc) {
  if (line.what === 'seen') return t('by.console');
  if (line.what === 'alerted') return t('by.node');
  if (line.what === 'replied') return person(line.who, inc);
  const [kind, ...rest] = (line.by || '').split(' ');
  if (kind === 'person') return person(rest.join(' '), inc);
  if (kind === 'operator') return rest.join(' ');
  const name = person(line.by, inc);
  return name === line.by ? word('by', kind) : name;
}

/** What was done, to stand behind the actor; "" for what a reader without names is not told. */
export function lineWords(line, inc) {
  const d = line.data || {}, behind = text => (text ? ` · ${text}` : '');
  switch (line.what) {
    case 'raised': return line.who || inc.device ? t('line.raised', { kind: word('kind', d.kind || inc.kind), device: line.who || inc.device }) + oddities(d, line.at) : word('kind', inc.kind);
    case 'joined': return t('line.joined', { kind: word('kind', d.kind || inc.kind) }) + oddities(d, line.at);
    case 'dispatched': return (d.offers === 0 ? t('line.dispatched_none') : t('line.dispatched', { offers: d.offers ?? inc.offers.length, alerts: d.alerts ?? inc.alerts.length })) + behind(reason(line.text));
    case 'alerted': return t('line.alerted', { alerts: d.alerts ?? 0 });
    case 'replied': return t('line.replied', { text: line.text ?? '' }) + (d.verb === 'unknown' || d.verb === 'ambiguous' ? ` · ${t('line.not_understood')}` : '');
    case 'seen': return line.who && t(d.audio === 'running' ? 'line.seen' : 'line.seen_mute', { who: person(line.who, inc) });
    case 'acknowledged': return t('line.acknowledged');
    case 'noted': return typeof line.data === 'string' ? t('line.handed', { to: line.data }) + behind(line.text) : line.text || '';
    case 'escalated': return (d.ladder === 'desk' ? word('deed', d.deed) : d.ladder === 'idle' ? t('line.idle') : t('line.circle', { n: d.step })) + behind(reason(line.text));
    case 'called': return line.who && t('line.called', { whom: called(line.who, inc), how: word('outcome', line.data) }) + behind(line.text);
    case 'coming': return (d.not === 'true' ? t('line.not_coming') : t('line.coming')) + onBehalf(d.via);
    case 'backup_requested': return t('line.backup') + onBehalf(line.data);
    case 'taken_over': return t('line.taken_over', { from: holder(line.data) }) + behind(line.text);
    case 'close_proposed': return t('line.proposed', { how: word('disposition', line.data) }) + behind(line.text);
    case 'revealed': return line.text && t('line.revealed', { what: word('reveal', line.text) });
    case 'gathered': return t('line.gathered');
    case 'closed': return t('line.closed', { how: word('disposition', typeof line.data === 'string' ? line.data : inc.ended?.disposition) }) + behind(line.by === 'plan' ? reason(line.text) : line.text);
    default: return moved(line, inc) + onBehalf(line.data) + behind(reason(line.text));
  }
}

function moved(line, inc) {
  const who = person(line.who, inc), what = word('assignment', line.what);
  return actor(line, inc) === who ? what : t('line.moved', { who, what });
}

// Said by telephone to an operator, who put it down.
const onBehalf = via => (operatorOf(via) ? t('line.on_behalf', { by: operatorOf(via) }) : via === 'voice' ? t('line.by_call') : '');

// What a press brought beside itself; of a late one both times.
function oddities(d, at) {
  const out = [];
  if (d.late_ms > 0) out.push(`${late(d.late_ms)} (${t('late.times', { pressed: momentTime(pressTime(d, at), at), had: clockTime(at) })})`);
  if (d.battery !== undefined) out.push(t('battery', { n: d.battery }));
  if (d.defect) out.push(defect(d.defect));
  return out.map(s => ` · ${s}`).join('');
}
