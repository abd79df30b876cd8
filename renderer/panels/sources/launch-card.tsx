import { Rocket } from 'lucide-react';
import { useState } from 'react';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { ProbeReport } from '#shared/contract/probe.ts';
import type { HowToWatch } from '#shared/source/backend.ts';
import { TextField } from '../../ui/fields.tsx';
import { Card } from './card.tsx';
import { splitArguments } from './arguments.ts';
import { parseEnvironment } from './environment.ts';
import { TextArea } from './text-area.tsx';
import { WaySelect } from './way-select.tsx';

/** What the engine refused, at the field that it concerns. */
interface Refusal {
  readonly field: 'command' | 'folder';
  readonly words: string;
}

export function LaunchCard({ report }: { readonly report: ProbeReport | null }) {
  const [how, setHow] = useState<HowToWatch>({});
  const [command, setCommand] = useState('');
  const [line, setLine] = useState('');
  const [folder, setFolder] = useState('');
  const [variables, setVariables] = useState('');
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const args = splitArguments(line);
  const environment = parseEnvironment(variables);
  const cwd = folder.trim();
  const folderFits = cwd === '' || cwd.startsWith('/');
  const takeError = ({ kind, message, remedy }: InspectorErrorData): boolean => {
    const field = kind === 'io' ? 'command' : kind === 'no-such-folder' ? 'folder' : null;
    setRefusal(field && { field, words: `${message} ${remedy}`.trim() });
    return field !== null;
  };
  const refused = (field: Refusal['field']): string | undefined =>
    refusal?.field === field ? refusal.words : undefined;
  return (
    <Card
      area="launch"
      title="Launch a program"
      icon={Rocket}
      text="Starts a program and watches it from its first page on. It goes on after the inspector has closed."
      action="Launch"
      isReady={command.trim() !== '' && args !== null && folderFits && environment.ok}
      source={() =>
        args === null || !environment.ok
          ? null
          : {
              kind: 'launch',
              command: command.trim(),
              args,
              cwd: cwd === '' ? null : cwd,
              env: environment.values,
              ...how,
            }
      }
      takeError={takeError}
      beside={<WaySelect report={report} launched={true} how={how} onChange={setHow} />}
    >
      <div className="card__grid card__grid--launch">
        <TextField
          label="Command"
          mono
          value={command}
          onChange={(text) => {
            setCommand(text);
            setRefusal(null);
          }}
          placeholder="/usr/bin/python3"
          error={refused('command')}
        />
        <TextField
          label="Arguments"
          mono
          value={line}
          onChange={setLine}
          placeholder={`-c "print('hello')"`}
          error={args === null ? 'A quotation mark or a backslash is left open' : undefined}
        />
        <TextField
          label="Working folder"
          mono
          value={folder}
          onChange={(text) => {
            setFolder(text);
            setRefusal(null);
          }}
          placeholder="the inspector’s own"
          error={folderFits ? refused('folder') : 'A path from the root, such as /home/ada'}
        />
        <TextArea
          label="Environment"
          value={variables}
          onChange={setVariables}
          placeholder={'NAME=value\none a line'}
          rows={2}
          error={environment.ok ? undefined : environment.error}
        />
      </div>
    </Card>
  );
}
