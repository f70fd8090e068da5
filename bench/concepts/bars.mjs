/** What ours may be at most, beside the twin and the peer (absent where there is none). */
import { geometricMean } from './statistics.mjs';

const times = (ratio) => `x ${ratio.toFixed(2)}`;

/** The bars of one concept: what is asked, what came out, whether it holds. */
export function barsOf({ ours, twin, peer, warm, cold }) {
  return [
    bar('custom resources', ours.customResources, 0),
    bar('open findings', ours.findings, 0),
    bar('open findings of the twin, or it is none', twin.findings, 0),
    bar('resources: twin + 1', ours.resources, twin.resources + 1),
    bar('warm: 1.15 x twin', warm.twin, 1.15, times),
    bar('cold: 1.10 x twin', cold.twin, 1.1, times),
    ...peer ? [
      bar('resources: peer', ours.resources, peer.resources),
      bar('bytes: 0.70 x peer', ours.bytes / peer.bytes, 0.7, times),
      bar('cold: 0.90 x peer', cold.peer, 0.9, times),
    ] : [],
  ];
}

/** The bar over all concepts that have a peer. */
export function warmAgainstPeers(results) {
  const ratios = results.filter(({ peer }) => peer).map(({ warm }) => warm.peer);
  return ratios.length === 0 ? [] : [bar(`warm: 0.85 x peers, geometric mean of ${ratios.length}`, geometricMean(ratios), 0.85, times)];
}

function bar(name, value, most, show = String) {
  return { name, value: show(value), most: show(most), holds: value <= most };
}
