import { Crosshair } from 'lucide-react';
import { useState } from 'react';
import { TextField } from '../../ui/fields.tsx';
import { Card } from './card.tsx';

/** The highest pid that Linux can have. */
const PID_MAX = 2 ** 22;

export function AttachCard() {
  const [text, setText] = useState('');
  const pid = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  const valid = pid >= 1 && pid <= PID_MAX;
  return (
    <Card
      title="Attach to a process"
      icon={Crosshair}
      text="A program that runs already, by its process number. It must be yours, or the inspector must run as root."
      action="Attach"
      isReady={valid}
      source={() => (valid ? { kind: 'native', pid } : null)}
    >
      <TextField
        label="Process number (pid)"
        mono
        value={text}
        onChange={setText}
        placeholder="12345"
        {...(text !== '' && !valid ? { error: `A whole number from 1 to ${PID_MAX}` } : {})}
      />
    </Card>
  );
}
