/** What the preload script offers the window as `window.shell`: its only access to the shell besides the engine's port. */
import { z } from 'zod';
import type { NamedRange } from '../ranges/named-range.ts';
import type { OpenSourceLine, OpenSourceLineReply } from './source-line.ts';
import { inspectorErrorSchema } from './errors.ts';

/** Where the engine runs, as `locationText` has it; missing for this machine. */
const where = z.string().exactOptional();

export const hostStatusSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('starting'), where }),
  z.object({ status: z.literal('running'), where }),
  /** The engine's process, or the connection with it, is gone; `detail` has the reason. The tracked program continues. */
  z.object({ status: z.literal('died'), detail: z.string(), where }),
]);
export type HostStatus = z.infer<typeof hostStatusSchema>;

export const shellInfoSchema = z.object({
  version: z.string(),
  electron: z.string(),
  chromium: z.string(),
  platform: z.string(),
  /** Source to open at start, from the command line (see `Shell.onOpen`); null for the start view. */
  source: z.string().nullable(),
});
export type ShellInfo = z.infer<typeof shellInfoSchema>;

/** Kinds of files that the window exports, with the dialog's word for each. */
export const EXPORT_KINDS = {
  png: 'PNG picture',
  svg: 'SVG picture',
  csv: 'CSV table',
  bin: 'Contents of memory',
  json: 'JSON',
  folded: 'Folded stacks',
} as const;
/** Maximum size of an export, in bytes. */
export const MAX_EXPORT = 512 * 2 ** 20;

/** Data to save where the user selects; the window never names a folder. */
export const saveRequestSchema = z.object({
  kind: z.enum(Object.keys(EXPORT_KINDS) as (keyof typeof EXPORT_KINDS)[]),
  /** Name offered in the dialog, without folder and without ending. */
  name: z.string().regex(/^[\w][\w .()+@-]{0,119}$/),
  data: z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.byteLength <= MAX_EXPORT),
});
export type SaveRequest = z.infer<typeof saveRequestSchema>;

export const saveReplySchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('saved'), path: z.string() }),
  z.object({ status: z.literal('cancelled') }),
  /** The system's error; an existing file is not lost. */
  z.object({ status: z.literal('failed'), message: z.string() }),
]);
export type SaveReply = z.infer<typeof saveReplySchema>;

/** How the files of recordings end. */
export const RECORDING_ENDING = '.mcap';
/** And those of lessons and scenarios. */
export const LESSON_ENDING = '.json';

/** A file's absolute path, of any system. */
export const filePathSchema = z
  .string()
  .max(4096)
  .regex(/^(\/|[A-Za-z]:[\\/]|\\\\)[^\0]*$/);

/** A recording that was opened or made here and still is where it was. */
export const recentRecordingSchema = z.object({
  path: filePathSchema,
  /** Milliseconds since 1970. */
  openedAt: z.number(),
  bytes: z.number(),
});
export type RecentRecording = z.infer<typeof recentRecordingSchema>;

/** Name offered for a new recording, without folder and without ending. */
export const recordingNameSchema = z.string().regex(/^[\w][\w .()+@-]{0,119}$/);

/** Titles of the application menu's parts that hold the window's actions. */
export const MENU_TITLES = ['File', 'Edit', 'Run', 'View', 'Help'] as const;

const menuItemSchema = z.object({
  /** Id of the action in the window. */
  id: z.string().regex(/^[a-z]+\.[a-z-]{1,60}$/),
  title: z.string().min(1).max(120),
  /** Its key as Electron writes accelerators; null if it has none. */
  accelerator: z
    .string()
    .regex(/^[\w+?.,/=[\]-]{1,40}$/)
    .nullable(),
  enabled: z.boolean(),
  /** Null: not something that is on or off. */
  checked: z.boolean().nullable(),
});
export type MenuItem = z.infer<typeof menuItemSchema>;

/** What the window can do, for the application menu: sections of items by the menu's title. */
export const applicationMenuSchema = z
  .array(z.object({ title: z.enum(MENU_TITLES), sections: z.array(z.array(menuItemSchema).max(60)).max(8) }))
  .max(MENU_TITLES.length);
export type ApplicationMenu = z.infer<typeof applicationMenuSchema>;

/** Ends a phase (dump and reset) while the watched game has the focus. */
export const PHASE_KEY = 'Ctrl+Alt+E';

/**
 * Whether the system gives `PHASE_KEY`: `off` if it is not asked for; `refused` if another program has it; `unknown` if it
 * is asked for and the desktop decides, unreported (Wayland), until it was pressed once.
 */
export type PhaseKeyState = 'off' | 'taken' | 'refused' | 'unknown';

/** Outcome of selecting another engine; if that failed, the current one continues. */
export const useEngineReplySchema = z.discriminatedUnion('status', [
  /** A new port follows. */
  z.object({ status: z.literal('connected') }),
  /** The user refused. */
  z.object({ status: z.literal('cancelled') }),
  z.object({ status: z.literal('failed'), error: inspectorErrorSchema }),
]);
export type UseEngineReply = z.infer<typeof useEngineReplySchema>;

export interface Shell {
  /** Whether tests get a debug handle on the window's data: never in the packaged program. */
  readonly debugHandle: boolean;
  info(): Promise<ShellInfo>;
  /** Starts the engine again, or connects with it again, after it died; a new port follows. */
  restartEngine(): Promise<void>;
  /**
   * Uses the engine at `location` (EngineLocation) instead of the current one; asks the user first, unless it is this machine. Rejects
   * if `location` does not fit.
   */
  useEngine(location: object): Promise<UseEngineReply>;
  /** Asks where to save, and saves; rejects if the request does not fit its schema. */
  save(request: SaveRequest): Promise<SaveReply>;
  /**
   * A permit to do what needs the user's permission (see permit.ts): at once if the user chose it outside of the page,
   * else the user is asked. Null if the user refuses; rejects if `subject` is not a PermitSubject.
   */
  permit(subject: object): Promise<string | null>;
  /** Asks which recording to open; its path, or null if the user cancels. */
  selectRecording(): Promise<string | null>;
  /** Asks which lesson or scenario to open; its path, or null if the user cancels. */
  selectLesson(): Promise<string | null>;
  /** Asks which program to launch; its path, or null if the user cancels. Launching it still needs a permit. */
  selectProgram(): Promise<string | null>;
  /** Asks where to record to; null if the user cancels. The file is not made. */
  selectRecordingTarget(name: string): Promise<string | null>;
  /** Shows a recording in the system's file manager; one that the user did not open or make is ignored. */
  showInFolder(path: string): Promise<void>;
  /** Opens a source line that the engine signed in the user's editor; rejects if the request does not fit its schema. */
  openSourceLine(source: OpenSourceLine): Promise<OpenSourceLineReply>;
  /** The latest first; those that are gone are left out. */
  recentRecordings(): Promise<RecentRecording[]>;
  /** Adds a recording to the recent ones; one that the user did not open or make is ignored. */
  rememberRecording(path: string): Promise<void>;
  forgetRecordings(): Promise<void>;
  /** The user's named ranges, of all programs. */
  namedRanges(): Promise<NamedRange[]>;
  /** Keeps these instead of the current ones; rejects if they do not fit or cannot be written. */
  saveNamedRanges(ranges: readonly NamedRange[]): Promise<void>;
  /** The path of a file that was dropped on the window; empty if it has none. @param file a DOM File */
  pathOfFile(file: object): string;
  /**
   * The listener receives the source to open in this window: `demo`, `simulated`, `pid:N`, `launch:COMMAND`, `recording:PATH` (absolute) or `lesson:NAME`,
   * from a second start of the program or from the system's file manager.
   */
  onOpen(listener: (source: string) => void): () => void;
  /** Puts the window's actions into the application menu, in place of those before. */
  showMenu(menu: ApplicationMenu): Promise<void>;
  /** The listener receives the id of each action that is selected in the menu. */
  onMenuAction(listener: (id: string) => void): () => void;
  /**
   * Releases or registers `PHASE_KEY`: registered, it arrives as the menu action `recording.dump` whichever
   * program has the focus.
   */
  listenForPhases(on: boolean): Promise<PhaseKeyState>;
  /** The listener receives the current status at once, then every change, until the returned function is called. */
  onHostStatus(listener: (status: HostStatus) => void): () => void;
}
