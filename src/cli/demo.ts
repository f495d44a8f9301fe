import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEY_TYPES } from '../certificate/create.ts';
import { MTU_RANGE } from '../connection/config.ts';
import { createCertificateAsync, type DtlsConnectionOptions } from '../index.ts';
import { GROUPS } from '../registry/groups.ts';
import type { Values } from './arguments.ts';
import { decodePcmu, encodePcmu } from './audio/g711.ts';
import { melody } from './audio/melody.ts';
import { NewWavFile, readPcmu } from './audio/sound-files.ts';
import { PACKET_MS, packetize } from './call/audio-sender.ts';
import { systemClock } from './call/clock.ts';
import { Recording } from './call/recording.ts';
import { BurstSchedule, type Schedule, SteadySchedule } from './call/schedule.ts';
import { type Command, CommandError } from './command.ts';
import { carryAudio } from './demo-audio.ts';
import { DemoEnd } from './demo-end.ts';
import { type Io, warn } from './io.ts';
import { MTU_OPTION, PROFILE_NAMES, readProfile } from './peer-options.ts';
import { Story } from './story.ts';

/** How long the melody plays, in seconds. */
const MELODY_SECONDS = 5;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'shows a whole call on this machine: handshake, keys, five seconds of audio',
  positionals: [],
  options: [
    {
      name: 'profile',
      value: 'NAME',
      help: ['SRTP profile, how the audio is encrypted; default the first of', ...PROFILE_NAMES],
    },
    { name: 'group', value: 'NAME', help: `of the key agreement: ${GROUPS.join(', ')}; default X25519` },
    {
      name: 'key-type',
      value: 'TYPE',
      help: `of the certificates: ${KEY_TYPES.join(', ')}; default the first`,
    },
    MTU_OPTION,
    { name: 'no-cookie', help: 'the server does not make the client prove its address first' },
    { name: 'play', value: 'FILE', help: 'a WAV file for the client to play, rather than a melody' },
    {
      name: 'record',
      value: 'FILE',
      help: [
        'write what the server hears into this new WAV file; default: one in',
        'the folder for temporary files, which the next demo replaces',
      ],
    },
    { name: 'force', help: 'replace an older file of the name of --record' },
    { name: 'fast', help: 'send the audio as fast as it goes, not as it sounds' },
    { name: 'trace', help: 'write every event of both ends to standard error, a JSON object a line' },
  ],
  description: [
    'Two ends of a call, on two UDP ports of this machine, make certificates, tell each other their',
    'fingerprints, shake hands, and take out the keys for their media. Then audio goes from the one to the',
    'other and back over SRTP, and every packet is compared. Each step is told as it is done.',
    'Exit code 0 when both ends hold the same keys and have heard what was sent.',
  ],
  examples: [
    'dtlslib demo',
    'dtlslib demo --profile SRTP_AEAD_AES_256_GCM --mtu 300',
    'dtlslib demo --play speech.wav --record heard.wav',
  ],
  run: demo,
};

async function demo(values: Values, io: Io): Promise<number> {
  const options = readDemoOptions(values);
  const keyType = values.oneOf('key-type', KEY_TYPES);
  const pcmu = readTune(values);
  const file = recordingFile(values);
  const story = new Story(io, values.flag('trace'));
  const ends: DemoEnd[] = [];
  const hangUp = (): void => {
    for (const end of ends) end.hangUp();
  };
  io.interrupted.addEventListener('abort', hangUp);
  try {
    story.title();
    const make = async (name: DemoEnd['name']): Promise<DemoEnd> => {
      const certificate = await createCertificateAsync({ keyType });
      const end = new DemoEnd(name, certificate, (event) => story.event(name, event));
      ends.push(end);
      return end;
    };
    const client = await make('client');
    const server = await make('server');
    story.certificates(client, server);
    story.fingerprints(client, server);
    await shakeHands(story, client, server, options);
    story.checkedFingerprints(client, server);
    if (!story.keys(client, server)) throw new CommandError('the two ends hold different keys');
    const schedule = values.flag('fast') ? new BurstSchedule() : undefined;
    const heard = await exchangeAudio(story, client, server, { pcmu, schedule, io });
    file.write(heard);
    story.recorded(file.name, heard.length, values.text('record') === undefined);
    await exchangeMessages(story, client, server);
  } catch (error) {
    if (io.interrupted.aborted) {
      warn(io, 'interrupted');
      return 130;
    }
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`the demo failed: ${reason}`);
  } finally {
    io.interrupted.removeEventListener('abort', hangUp);
    for (const end of ends) end.free();
    file.discard();
  }
  story.end();
  return 0;
}

type EndOptions = Partial<Omit<DtlsConnectionOptions, 'role' | 'certificate' | 'remoteFingerprints'>>;

function readDemoOptions(values: Values): EndOptions {
  const profile = values.text('profile');
  const group = values.oneOf('group', GROUPS);
  const mtu = values.integer('mtu', MTU_RANGE.min, MTU_RANGE.max);
  return {
    srtpProfiles: profile === undefined ? PROFILE_NAMES : [readProfile('profile', profile)],
    ...(group === undefined ? {} : { groups: [group] }),
    ...(mtu === undefined ? {} : { mtu }),
    cookieExchange: !values.flag('no-cookie'),
    handshakeTimeout: 20_000,
  };
}

async function shakeHands(
  story: Story,
  client: DemoEnd,
  server: DemoEnd,
  options: EndOptions,
): Promise<void> {
  // The descriptions are what SDP carries; nothing else passes between the two ends but datagrams.
  client.open(server.description, options);
  server.open(client.description, options);
  story.sessions(client, server);
  story.handshake();
  server.start();
  client.start();
  await Promise.all([client.connected(), server.connected()]);
  story.connected(client);
}

function readTune(values: Values): Uint8Array {
  const file = values.text('play');
  return file === undefined ? encodePcmu(melody(MELODY_SECONDS)) : readPcmu(file);
}

function recordingFile(values: Values): NewWavFile {
  const name = values.text('record');
  if (name !== undefined) return new NewWavFile(name, values.flag('force'));
  // One for each user, where all share a folder: none may replace the file of another.
  const user = process.getuid?.();
  return new NewWavFile(join(tmpdir(), `dtlslib-demo${user === undefined ? '' : `-${user}`}.wav`), true);
}

interface AudioOptions {
  readonly pcmu: Uint8Array;
  /** Default: as it sounds. */
  readonly schedule: Schedule | undefined;
  readonly io: Io;
}

/** Gives what the server has heard. */
async function exchangeAudio(
  story: Story,
  client: DemoEnd,
  server: DemoEnd,
  { pcmu, schedule, io }: AudioOptions,
): Promise<Int16Array> {
  io.interrupted.throwIfAborted();
  const payloads = packetize(pcmu);
  const recording = new Recording();
  story.audio(pcmu.length, payloads.length);
  const steady = new SteadySchedule(systemClock.now(), PACKET_MS);
  const carried = await carryAudio(client, server, payloads, schedule ?? steady, recording);
  io.interrupted.throwIfAborted();
  const heard = recording.samples();
  story.carried(carried, decodePcmu(pcmu), heard);
  const { toServer, toClient } = carried;
  if (toServer.same === 0) throw new CommandError('no audio has arrived at the server');
  if (toServer.different + toClient.different > 0)
    throw new CommandError('a packet of audio has arrived with another payload than was sent');
  return heard;
}

async function exchangeMessages(story: Story, client: DemoEnd, server: DemoEnd): Promise<void> {
  story.messages();
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    const text = `Hello from the ${from.name}!`;
    const arrival = to.message();
    from.send(text);
    if ((await arrival) !== text) throw new CommandError(`the ${to.name} read another message than was sent`);
    story.read(to.name, text);
  }
  story.freeing();
  const end = server.closed();
  client.close();
  await end;
}
