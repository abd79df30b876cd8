import { Rocket } from 'lucide-react';
import { useState } from 'react';
import { TextField } from '../../ui/fields.tsx';
import { Card } from './card.tsx';
import { splitArguments } from './arguments.ts';

export function LaunchCard() {
  const [command, setCommand] = useState('');
  const [line, setLine] = useState('');
  const args = splitArguments(line);
  return (
    <Card
      title="Launch a program"
      icon={Rocket}
      text="Starts a program and watches it from its first page on. It goes on after the inspector has closed."
      action="Launch"
      isReady={command.trim() !== '' && args !== null}
      source={() =>
        args === null ? null : { kind: 'launch', command: command.trim(), args, cwd: null, env: {} }
      }
    >
      <TextField label="Command" mono value={command} onChange={setCommand} placeholder="/usr/bin/python3" />
      <TextField
        label="Arguments"
        mono
        value={line}
        onChange={setLine}
        placeholder={`-c "print('hello')"`}
        {...(args === null ? { error: 'A quotation mark is not closed' } : {})}
      />
    </Card>
  );
}
