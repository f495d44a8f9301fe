import { dtlslibSwitches } from './switches.ts';

/** Where the four logging functions send their messages. */
export interface LogModule {
  error(message: string): void;
  warning(message: string): void;
  info(message: string): void;
  debugMax(message: string): void;
}

function toStandardError(level: string): (message: string) => void {
  return (message) => {
    process.stderr.write(`dtlslib ${level}: ${message}\n`);
  };
}

const STANDARD_ERROR: LogModule = {
  error: toStandardError('error'),
  warning: toStandardError('warning'),
  info: toStandardError('info'),
  debugMax: toStandardError('debug'),
};

let current: LogModule = STANDARD_ERROR;

/**
 * Redirects the logging functions; what is left out, and everything when called with null, goes to standard
 * error. In C an application does this by linking its own `LogModule*` functions.
 */
export function setLogModule(module: Partial<LogModule> | null): void {
  const chosen: LogModule = { ...STANDARD_ERROR };
  for (const level of ['error', 'warning', 'info', 'debugMax'] as const) {
    const sink = module?.[level];
    if (typeof sink === 'function') chosen[level] = (message) => sink.call(module, message);
  }
  current = chosen;
}

/** Logs an error that keeps a handshake from proceeding. Never throws, whatever the log module does. */
export function LogModuleError(message: string): void {
  emit('error', message);
}

/** Logs a warning. */
export function LogModuleWarning(message: string): void {
  emit('warning', message);
}

/** Logs an informational message. */
export function LogModuleInfo(message: string): void {
  emit('info', message);
}

/** Logs low-level debugging output. */
export function LogModuleDebugMax(message: string): void {
  emit('debugMax', message);
}

function emit(level: keyof LogModule, message: string): void {
  try {
    current[level](message);
  } catch {
    // A log that fails must not end a handshake.
  }
}

/** An error of the library: printed, logged, or neither, as the switches say. */
export function reportError(message: string): void {
  if (dtlslibSwitches.PRINT_ERRORS) process.stdout.write(`dtlslib error: ${message}\n`);
  if (dtlslibSwitches.LOG_ERRORS) LogModuleError(message);
}

/** An exception out of the application's code, which C has not: logged in any case, for nobody else will see it. */
export function reportException(where: string, error: unknown): void {
  const message = `${where}: ${describeError(error)}`;
  if (dtlslibSwitches.PRINT_ERRORS) process.stdout.write(`dtlslib error: ${message}\n`);
  LogModuleError(message);
}

/** What weakens the call and the caller can mend: logged in any case. */
export function warn(message: string): void {
  LogModuleWarning(message);
}

export function reportWarning(message: string): void {
  if (dtlslibSwitches.LOG_ERRORS) LogModuleWarning(message);
}

export function reportInfo(message: string): void {
  if (dtlslibSwitches.LOG_ERRORS) LogModuleInfo(message);
}

export function reportDebug(message: string): void {
  if (dtlslibSwitches.LOG_ERRORS) LogModuleDebugMax(message);
}

/** Code and sentence of an error, for a log line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && !error.message.includes(code)
    ? `${code}: ${error.message}`
    : error.message;
}
