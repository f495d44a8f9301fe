/**
 * `npm run flood`: a storm of ClientHellos against a server whose live connections go on talking. `npm run flood --
 * --help` says how to call it.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { beChild, CHILD_ARGUMENT, udpFlood } from './lib/udp-flood.ts';
import { type FloodTerms, virtualFlood } from './lib/virtual-flood.ts';

const HELP = `Usage: npm run flood -- [options]

A storm of ClientHellos from strangers, each from an address of its own, over UDP on loopback, against a DtlsServer
whose live connections go on talking. Of ten strangers five say a plain hello, one says it in fragments, one sends a
fragment and never the rest, one brings a cookie of noise, one the cookie of another, and one something malformed.
Over UDP, hellos are said in the name of the live clients as well, with every tenth of their messages.
Exits with 1 when a message is lost, memory grows, or a stranger gets a connection.

  --hellos N        how many strangers, 10 to 10,000,000; default 100,000, and 1,000,000 with --virtual
  --connections N   how many live connections, 1 to 1,000; default 100
  --seed N          another course of the storm, 0 to 4,294,967,295; default 1
  --virtual         without sockets, in one process and in virtual time
  --help            this text
`;

const COLUMNS = `hellos, replies    strangers so far, and the HelloVerifyRequests that they got
said, answered     messages of the live clients, and those that the server answered; the last may be on their way
heap, external     of the server's process, after collecting garbage; resident is all that the system gave it
peers              addresses with a connection
dropped            what the server took no notice of; fragment_limit are fragments that made room for newer ones
`;

function refuse(sentence: string): never {
  process.stderr.write(`flood: ${sentence}\n`);
  process.exit(1);
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  return refuse(
    `--${name} takes a whole number from ${least} to ${most.toLocaleString('en')}, not "${text}"`,
  );
}

function readTerms(): FloodTerms & { readonly virtual: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        hellos: { type: 'string' },
        connections: { type: 'string', default: '100' },
        seed: { type: 'string', default: '1' },
        virtual: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return {
      hellos: integer('hellos', values.hellos ?? (values.virtual ? '1000000' : '100000'), 10, 10_000_000),
      connections: integer('connections', values.connections, 1, 1000),
      seed: integer('seed', values.seed, 0, 2 ** 32 - 1),
      virtual: values.virtual,
    };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

async function main(): Promise<void> {
  const { virtual, ...terms } = readTerms();
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const where = virtual ? 'without sockets, in virtual time' : 'over UDP on loopback';
  print(
    `${terms.hellos.toLocaleString('en')} strangers say hello ${where}, and ${terms.connections} clients talk.\n`,
  );
  print(COLUMNS);
  const file = fileURLToPath(import.meta.url);
  const { holds, sentences } = virtual ? virtualFlood(terms, print) : await udpFlood(terms, file, print);
  print(`\n${sentences.join('\n')}`);
  process.exitCode = holds ? 0 : 1;
}

if (process.argv[2] === CHILD_ARGUMENT) beChild();
else await main().catch((error: unknown) => refuse(error instanceof Error ? error.message : String(error)));
