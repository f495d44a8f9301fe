import { seeded } from '../../lib/lossy.ts';
import { flightPoints } from './flights.ts';
import { type HandshakeOptions, shakeHands } from './handshake.ts';
import { brokenPlans, COMPLETE_PLANS, type Plan } from './plans.ts';
import type { MakeRoad } from './road.ts';
import { Tally } from './tally.ts';
import { Variety } from './variety.ts';

export interface ScheduleOptions {
  readonly seed: number;
  /** Chooses the way on which the next handshake goes, by a number from 0 to 1. */
  chooseRoad(lot: number): MakeRoad;
  /** Shown each connection after it has ended. */
  readonly onConnection?: HandshakeOptions['onConnection'];
}

/** Handshakes in which something happens, at a time. */
const ACTIVE = 8;
/** Handshakes at a time, those among them that only wait for their time to be up. */
const AT_ONCE = 200;

/** Runs handshake after handshake: every other one is broken off, at each point and in each way in turn. */
export class Schedule {
  readonly tally: Tally = new Tally();
  /** Every point, in the order of the table. */
  readonly points: readonly string[];
  /** How many ways there are to break a handshake off, and to end one that is complete. */
  readonly ways: number;
  readonly #options: ScheduleOptions;
  readonly #random: () => number;
  readonly #variety: Variety;
  readonly #broken: readonly Plan[];
  #started = 0;
  #active = 0;
  #underway = 0;
  #wake: () => void = () => undefined;
  #failure: unknown;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
    this.#variety = new Variety(this.#random);
    const broken = brokenPlans(flightPoints());
    this.#broken = this.#shuffled(broken);
    this.points = [...broken, ...COMPLETE_PLANS].map(({ point }) => point);
    this.ways = broken.length;
  }

  /** So many more; resolves when the last is over. Throws what went wrong first. */
  async run(handshakes: number): Promise<void> {
    for (let left = handshakes; left > 0 && this.#failure === undefined; left--) {
      while (this.#active >= ACTIVE || this.#underway >= AT_ONCE) await this.#change();
      void this.#next();
    }
    while (this.#underway > 0) await this.#change();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #next(): Promise<void> {
    const number = this.#started++;
    const list = number % 2 === 0 ? this.#broken : COMPLETE_PLANS;
    const plan = list[Math.floor(number / 2) % list.length];
    if (plan === undefined) throw new Error('no plan');
    let waiting = false;
    const onWaiting = (): void => {
      if (!waiting) this.#active--;
      waiting = true;
      this.#wake();
    };
    this.#active++;
    this.#underway++;
    try {
      const outcome = await shakeHands({
        plan,
        makeRoad: this.#options.chooseRoad(this.#random()),
        common: this.#variety.options(),
        media: this.#random() < 0.25,
        onWaiting,
        ...(this.#options.onConnection && { onConnection: this.#options.onConnection }),
      });
      this.tally.add(plan.point, outcome);
    } catch (error) {
      this.#failure ??= error;
    }
    this.#underway--;
    onWaiting();
  }

  #shuffled(plans: readonly Plan[]): Plan[] {
    const left = [...plans];
    return plans.flatMap(() => left.splice(Math.floor(this.#random() * left.length), 1));
  }
}
