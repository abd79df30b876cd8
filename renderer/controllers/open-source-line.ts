import type { StoreApi } from 'zustand/vanilla';
import { InspectorError } from '#shared/contract/errors.ts';
import type { Shell } from '#shared/contract/shell.ts';
import type { CodePlace } from '#shared/contract/writers.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import type { SessionStore } from '../stores/session-store.ts';
import type { Attempt } from './attempt.ts';

interface Editor {
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
  readonly shell: Shell | undefined;
  readonly attempt: Attempt;
}

/** Opens the source of code in the user's editor: the engine signs the line, the shell opens it. */
export function openSourceLine(
  { link, session, shell, attempt }: Editor,
  { file, line }: Pick<CodePlace, 'file' | 'line'>,
): Promise<unknown> {
  return attempt(async () => {
    if (shell === undefined || file === null) return;
    const source = { file, line: line ?? 0 };
    const { permit } = await link.call('source.sign', source);
    const reply = await shell.openSourceLine({ ...source, permit });
    if (reply.status === 'failed') throw new InspectorError('io', reply.message, reply.remedy);
    session.setState({ news: `${file}:${source.line} opened in ${reply.editor}` });
  });
}
