/**
 * The one place where messages of the window are received: the sender's origin, window and frame are checked here and
 * nowhere else. The window's messages to the shell carry no data; those that do are refused.
 */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import { ORIGIN } from './protocol-path.ts';

/** What is known of a message's sender, whichever kind of message it was. */
export interface Sender {
  /** Origin of the frame; null where the frame is gone. */
  readonly origin: string | null;
  readonly isMainFrame: boolean;
  /** Whether the message came from our own window's contents. */
  readonly isWindow: boolean;
}

/** Why a message must not be answered, or null where it may. */
export function senderProblem(sender: Sender): string | null {
  if (sender.origin === null) return 'its frame is gone';
  if (!sender.isWindow) return 'it is not from the inspector window';
  if (!sender.isMainFrame) return 'it is from a frame inside the window';
  if (sender.origin !== ORIGIN) return `its origin is ${sender.origin}`;
  return null;
}

function senderOf(event: IpcMainInvokeEvent, contents: WebContents | null): Sender {
  const frame = event.senderFrame;
  return {
    origin: frame === null ? null : frame.origin,
    // By its place in the tree: a page's first messages can come while its frame is still taking the former's place.
    isMainFrame: frame !== null && frame.frameTreeNodeId === event.sender.mainFrame.frameTreeNodeId,
    isWindow: contents !== null && event.sender === contents,
  };
}

export interface Ipc {
  /** Answers a request that carries nothing. */
  answer(channel: string, reply: () => unknown): void;
}

/**
 * @param contents gives our window's contents at the time of a message; null where there is no window
 * @param report is told of every refused message, in one sentence
 */
export function createIpc(
  ipcMain: Pick<IpcMain, 'handle'>,
  contents: () => WebContents | null,
  report: (sentence: string) => void,
): Ipc {
  const refusal = (channel: string, event: IpcMainInvokeEvent, args: readonly unknown[]): string | null => {
    const problem =
      senderProblem(senderOf(event, contents())) ?? (args.length > 0 ? 'it carries data' : null);
    return problem === null ? null : `A message on ${channel} was refused: ${problem}.`;
  };
  return {
    answer(channel, reply) {
      ipcMain.handle(channel, (event, ...args: unknown[]) => {
        const refused = refusal(channel, event, args);
        if (refused !== null) {
          report(refused);
          throw new Error(refused);
        }
        return reply();
      });
    },
  };
}
