import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createCertificate } from '../../../src/certificate/create.ts';
import { ServerEndpoint } from '../../interop/lib/server-endpoint.ts';
import { LiveClients, type TalkCounts } from './live-clients.ts';
import { Report, type Verdict } from './report.ts';
import { NO_STORM, type StormCounts } from './storm.ts';
import { hasManyAddresses, udpStorm } from './udp-storm.ts';
import type { FloodTerms } from './virtual-flood.ts';

/** What a child is told, once. */
type Order =
  | {
      readonly role: 'clients';
      readonly terms: FloodTerms;
      readonly port: number;
      readonly fingerprint: string;
    }
  | {
      readonly role: 'storm';
      readonly terms: FloodTerms;
      readonly port: number;
      readonly manyAddresses: boolean;
    }
  | { readonly role: 'stop' };

/** What a child tells. */
type News =
  | { readonly type: 'ready'; readonly fingerprint: string }
  | { readonly type: 'talking' }
  | { readonly type: 'talk'; readonly counts: TalkCounts }
  | { readonly type: 'storm'; readonly counts: StormCounts }
  | { readonly type: 'done' };

/** How often clients tell how far they are, in ms. */
const TALK_NEWS = 100;

/** The program that children run: `file` with this argument, which calls `beChild`. */
export const CHILD_ARGUMENT = '--as-child';

/** A storm over UDP on loopback: the server in this process, live clients in a second one, strangers in a third. */
export async function udpFlood(
  terms: FloodTerms,
  file: string,
  print: (text: string) => void,
): Promise<Verdict> {
  const manyAddresses = await hasManyAddresses();
  if (!manyAddresses)
    print('127.0.0.0/8 is not all of this machine here: strangers have 127.0.0.1, each with another port.\n');
  const certificate = createCertificate();
  await using clients = new Child(file);
  const { fingerprint } = await clients.news('ready');
  await using endpoint = await ServerEndpoint.open(
    {
      accept: () => ({
        certificate,
        remoteFingerprints: [fingerprint],
        srtpProfiles: ['SRTP_AES128_CM_SHA1_80'],
      }),
      maximumPeersPerHost: 1_000_000,
    },
    // Drained by whoever calls: an answer goes out with what is polled next.
    ({ connection, output }) => {
      if (output.type === 'message') connection?.send(output.data, performance.now());
    },
  );
  const { port, server } = endpoint;
  clients.tell({ role: 'clients', terms, port, fingerprint: `sha-256 ${certificate.fingerprint()}` });
  await clients.news('talking');

  let talk: TalkCounts = { sent: 0, answered: 0, lost: 0 };
  clients.on('talk', ({ counts }) => {
    talk = counts;
  });
  const report = new Report(print);
  let last: StormCounts = NO_STORM;
  await using strangers = new Child(file);
  await strangers.news('ready');
  strangers.on('storm', ({ counts }) => {
    const tenths = (hellos: number): number => Math.floor((10 * hellos) / terms.hellos);
    // The last line is for when the clients have stopped.
    if (tenths(counts.hellos) > tenths(last.hellos) && counts.hellos < terms.hellos)
      report.add(counts, talk, server.stats);
    last = counts;
  });
  strangers.tell({ role: 'storm', terms, port, manyAddresses });
  await strangers.news('done');
  clients.tell({ role: 'stop' });
  await clients.news('done');
  report.add(last, talk, server.stats);
  return report.verdict(terms.connections);
}

/** One of the processes, and what it tells. */
class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #listeners: ((news: News) => void)[] = [];
  readonly #ended: Promise<never>;

  constructor(file: string) {
    this.#process = fork(file, [CHILD_ARGUMENT]);
    this.#process.on('message', (news: News) => {
      for (const listener of [...this.#listeners]) listener(news);
    });
    this.#ended = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`One of the processes of the flood has ended with ${code}.`);
    });
    this.#ended.catch(() => undefined);
  }

  tell(order: Order): void {
    this.#process.send(order);
  }

  on<T extends News['type']>(type: T, listener: (news: Extract<News, { readonly type: T }>) => void): void {
    this.#listeners.push((news) => {
      if (isOf(news, type)) listener(news);
    });
  }

  /** The next of that type. */
  news<T extends News['type']>(type: T): Promise<Extract<News, { readonly type: T }>> {
    const next = new Promise<Extract<News, { readonly type: T }>>((resolve) => this.on(type, resolve));
    return Promise.race([next, this.#ended]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#ended.catch(() => undefined);
  }
}

function isOf<T extends News['type']>(news: News, type: T): news is Extract<News, { readonly type: T }> {
  return news.type === type;
}

/** What a child process does: waits for its order and carries it out. */
export function beChild(): void {
  const tell = (news: News): void => void process.send?.(news);
  const clients = new LiveClients();
  const work = async (order: Order): Promise<void> => {
    if (order.role === 'clients') {
      await clients.talk(order.terms.connections, order.terms.seed, order);
      tell({ type: 'talking' });
      setInterval(() => tell({ type: 'talk', counts: clients.counts }), TALK_NEWS);
    } else if (order.role === 'storm') {
      const { hellos } = order.terms;
      const onProgress = (counts: StormCounts): void => {
        if (counts.hellos % Math.ceil(hellos / 100) === 0 || counts.hellos === hellos)
          tell({ type: 'storm', counts });
      };
      await udpStorm({ ...order.terms, ...order, onProgress });
      tell({ type: 'done' });
    } else {
      tell({ type: 'talk', counts: await clients.stop() });
      tell({ type: 'done' });
    }
  };
  process.on('message', (order: Order) => {
    work(order).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    });
  });
  process.on('disconnect', () => process.exit());
  tell({ type: 'ready', fingerprint: clients.fingerprint });
}
