import { useState } from 'react';
import {
  type EngineLocation,
  HERE,
  isAdministrator,
  locationText,
  parseCommand,
  parseSsh,
} from '#shared/contract/engine-location.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import { errorData } from '../../engine/engine-link.ts';
import { useModel, useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { type Choice, Select, TextField } from '../../ui/fields.tsx';
import { Message } from '../../ui/message.tsx';
import './engine-where.css';

/** An engine from a terminal is the second choice of `administrator`. */
type Kind = Exclude<EngineLocation['kind'], 'terminal'>;

const KINDS: readonly Choice<Kind>[] = [
  { value: 'here', label: 'This machine' },
  { value: 'administrator', label: 'This machine, as administrator' },
  { value: 'ssh', label: 'Another machine (ssh)' },
  { value: 'command', label: 'Command, such as for a container' },
];

/** Where the engine runs, and so whose processes are listed: this machine, or another one that is connected with from here. */
export function EngineWhere() {
  const { source } = useModel();
  const where = useSession((state) => state.host.where);
  const [kind, setKind] = useState<Kind>(() => kindOf(where));
  const [text, setText] = useState(where ?? '');
  const [connecting, setConnecting] = useState<EngineLocation['kind'] | null>(null);
  const [failure, setFailure] = useState<InspectorErrorData | null>(null);
  const location = locationOf(kind, text);

  const connectWith = async (to: EngineLocation): Promise<void> => {
    setConnecting(to.kind);
    setFailure(null);
    try {
      await source.useEngine(to);
    } catch (cause) {
      setFailure(errorData(cause));
    }
    setConnecting(null);
  };
  const select = (next: Kind): void => {
    setKind(next);
    setFailure(null);
    if (next === 'here' && where !== undefined) void connectWith(HERE);
  };
  return (
    <form
      className="where"
      aria-label="Engine"
      onSubmit={(event) => {
        event.preventDefault();
        if (location !== null && connecting === null) void connectWith(location);
      }}
    >
      <div className="where__row">
        <Select
          label="Engine"
          value={kind}
          choices={KINDS}
          onChange={select}
          isDisabled={connecting !== null}
        />
        {kind !== 'here' && (
          <>
            {kind !== 'administrator' && (
              <TextField
                label={kind === 'ssh' ? 'Machine' : 'Command'}
                mono
                value={text}
                onChange={setText}
                placeholder={kind === 'ssh' ? 'user@host:22' : 'docker exec -i NAME'}
                error={text !== '' && location === null ? WRONG[kind] : undefined}
              />
            )}
            <Button
              kind="primary"
              isDisabled={location === null || connecting !== null}
              onPress={() => location !== null && void connectWith(location)}
            >
              Connect
            </Button>
          </>
        )}
      </div>
      <p className="dim where__state" role="status">
        {connecting === null ? stateText(kind, where, location) : CONNECTING[connecting]}
      </p>
      {failure && (
        <Message message={failure.message} remedy={failure.remedy}>
          {kind === 'administrator' && (
            <Button onPress={() => void connectWith({ kind: 'terminal' })}>Use a terminal …</Button>
          )}
        </Message>
      )}
    </form>
  );
}

const CONNECTING: Readonly<Record<EngineLocation['kind'], string>> = {
  here: 'Connecting …',
  ssh: 'Connecting …',
  command: 'Connecting …',
  administrator: 'Connecting …',
  terminal: 'Waiting for the command in a terminal …',
};

const WRONG = {
  ssh: 'A name or an address, such as ada@console or 192.0.2.7:2222',
  command: 'A quotation mark or a backslash is left open',
} as const;

function locationOf(kind: Kind, text: string): EngineLocation | null {
  switch (kind) {
    case 'here':
      return HERE;
    case 'administrator':
      return { kind };
    case 'ssh':
      return parseSsh(text);
    case 'command':
      return parseCommand(text);
  }
}

function kindOf(where: string | undefined): Kind {
  if (where === undefined) return 'here';
  if (isAdministrator(where)) return 'administrator';
  return where.startsWith('ssh://') ? 'ssh' : 'command';
}

const HOW_TO_CONNECT: Readonly<Record<Exclude<Kind, 'here'>, string>> = {
  administrator:
    'The system asks for an administrator. Then the engine can attach to programs of every user; the window keeps your rights.',
  ssh: 'The system’s ssh connects, with your keys and configuration. soft-dirty must be installed there.',
  command: 'The command runs soft-dirty serve --stdio elsewhere and connects its input and output.',
};

function stateText(kind: Kind, where: string | undefined, location: EngineLocation | null): string {
  const isPresent = location !== null && locationText(location) === where;
  if (isPresent || (kind === 'administrator' && isAdministrator(where))) {
    return kind === 'administrator'
      ? 'Connected. Programs of every user can be attached to and recorded; starting programs needs "This machine".'
      : `Connected. Processes and launched programs are on ${where}; recordings are made here or there.`;
  }
  if (kind === 'here') return '';
  const until = `Until then, everything below is about ${where ?? 'this machine'}.`;
  return `${HOW_TO_CONNECT[kind]} ${until}`;
}
