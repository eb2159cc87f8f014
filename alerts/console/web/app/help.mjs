// @ts-check
// How far help has come, derived from an incident. The daemon decides; this only
// reads what it has decided.

/** An order for a service: a queue of its own, no alarm. */
export const isOrder = inc => inc.kind === 'service';
export const isOpen = inc => inc.state !== 'closed';

/** No operator has taken it. */
export const untaken = inc => !inc.acked && inc.kind !== 'test' && isOpen(inc);

/** Somebody called for help, and nobody is on the way or there. */
export const alone = inc => Boolean(inc.waiting_since) && isOpen(inc) && inc.urgency < 3 && inc.kind !== 'test';

const has = (inc, ...states) => inc.offers.some(o => states.includes(o.state));

/** The furthest anybody who is bound has come; who has left was there. */
export function furthest(inc) {
  if (has(inc, 'on_scene') || inc.visits.length) return 3;
  if (has(inc, 'en_route')) return 2;
  return has(inc, 'accepted') ? 1 : 0;
}

const ACCIDENTAL = ['false_alarm', 'test', 'device_fault'];

/** Closing like this needs a second operator: told before it is tried. */
export const secondLook = (inc, how) => ACCIDENTAL.includes(how) && Boolean(inc.second_look);
/** One operator has proposed it, and this one may confirm. */
export const confirms = (inc, how, me) => Boolean(inc.proposed) && inc.proposed.operator !== me && ACCIDENTAL.includes(how) && ACCIDENTAL.includes(inc.proposed.disposition);
/** An order ends as served only after somebody has called back. */
export const callBack = (inc, how) => how === 'served' && !inc.called_back;

/** The plan has said that this is to ring louder. */
export function loud(inc) {
  const at = inc.desk_steps.findIndex(s => s.deed === 'louder');
  return untaken(inc) && (inc.escalations.some(e => e.deed === 'louder') || (at >= 0 && inc.desk_step > at));
}

/** What each contact of the family said last: {contact, name, not, via}. */
export function family(inc) {
  return new Map(inc.coming.map(c => [c.contact, c]));
}

/** What asks this operator to turn to an incident again: its card stays lit until something is done. */
export const beckons = (inc, me) => [inc.idle_at && `idle ${inc.idle_at}`, inc.proposed && inc.proposed.operator !== me && 'proposed', inc.hand_to === me && 'handed'].filter(Boolean);

/** A change of a taken call that is worth one chime: it beckons, whoever was coming is lost, or the circle had to grow. */
export function turned(old, inc, me) {
  const before = beckons(old, me);
  return beckons(inc, me).some(b => !before.includes(b)) || Boolean(old.acked && inc.acked && alone(inc) && (!alone(old) || (inc.tier || 0) > (old.tier || 0)));
}
