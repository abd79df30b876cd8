import { Rocket } from 'lucide-react';
import { useState } from 'react';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { ProbeReport } from '#shared/contract/probe.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import { useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { joinShellWords, splitShellWords } from '#shared/shell-words.ts';
import { Card } from './card.tsx';
import { environmentText, parseEnvironment } from './environment.ts';
import { type Launch, LaunchHistory } from './launch-history.tsx';
import { MethodOptions, MethodSelect } from './method-select.tsx';
import { TextArea } from './text-area.tsx';

/** What the engine refused, at the field that it concerns. */
interface Refusal {
  readonly field: 'command' | 'folder';
  readonly words: string;
}

export function LaunchCard({ report }: { readonly report: ProbeReport | null }) {
  const isHere = useSession((state) => state.host.where === undefined);
  const [how, setHow] = useState<TrackingOptions>({});
  const [command, setCommand] = useState('');
  const [line, setLine] = useState('');
  const [folder, setFolder] = useState('');
  const [variables, setVariables] = useState('');
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const fill = (launch: Launch): void => {
    setCommand(launch.command);
    setLine(joinShellWords(launch.args));
    setFolder(launch.cwd ?? '');
    setVariables(environmentText(launch.env));
    const { backend, freeze, exact } = launch;
    setHow({
      ...(backend && { backend }),
      ...(freeze !== undefined && { freeze }),
      ...(exact !== undefined && { exact }),
    });
    setRefusal(null);
  };
  const browse = async (): Promise<void> => {
    const path = await window.shell?.selectProgram();
    if (!path) return;
    setCommand(path);
    setRefusal(null);
  };
  const args = splitShellWords(line);
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
      text="Starts a program and tracks it from its first page on. It continues to run after the inspector closes."
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
      beside={
        <>
          <MethodSelect report={report} launched how={how} onChange={setHow} />
          <LaunchHistory onSelect={fill} />
        </>
      }
      below={<MethodOptions report={report} launched how={how} onChange={setHow} />}
    >
      <div className="card__grid card__grid--launch">
        <div className="card__command">
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
          {/* The dialog shows this machine's files. */}
          {isHere && <Button onPress={() => void browse()}>Browse …</Button>}
        </div>
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
          placeholder={'NAME=value\none per line'}
          rows={2}
          error={environment.ok ? undefined : environment.error}
        />
      </div>
    </Card>
  );
}
