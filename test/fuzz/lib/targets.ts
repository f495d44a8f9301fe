import { gate } from '../targets/gate.ts';
import { insider } from '../targets/insider.ts';
import { latch } from '../targets/latch.ts';
import { live } from '../targets/live.ts';
import { parsers } from '../targets/parsers.ts';
import { replay } from '../targets/replay.ts';
import { server } from '../targets/server.ts';
import { srtp } from '../targets/srtp.ts';
import type { Target } from './target.ts';

export const TARGETS: readonly Target[] = [replay, live, insider, server, gate, latch, srtp, parsers];

export function targetOf(name: string): Target {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined)
    throw new Error(`no target is called ${name}: there are ${TARGETS.map((each) => each.name).join(', ')}`);
  return target;
}
