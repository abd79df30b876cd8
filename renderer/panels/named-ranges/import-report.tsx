import { Copy } from 'lucide-react';
import type { NamedRangesStore } from '../../controllers/named-ranges.ts';
import { announce } from '../../ui/announce.ts';
import { Button } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';

/** Bad rows that are listed; all of them can be copied. */
const LISTED = 50;

/** What an import brought, and each row that is not a range with its reason. */
export function ImportReport({ report }: { readonly report: NonNullable<NamedRangesStore['imported']> }) {
  const { file, added, known, bad } = report;
  const parts = [`${plural(added, 'range')} added from ${file}`];
  if (known > 0) parts.push(`${known} already there`);
  if (bad.length === 0) return <Message kind="news" message={`${parts.join(', ')}.`} />;
  return (
    <Message
      kind="warn"
      message={`${parts.join(', ')}; ${plural(bad.length, 'row')} not imported.`}
      remedy="Correct these rows and import them again: what is there already is not added twice."
    >
      <ol className="ranges__bad" aria-label="Rows that were not imported">
        {bad.slice(0, LISTED).map(({ row, text, problem }) => (
          <li key={row}>
            Row {row}: {problem} <code className="mono dim">{text}</code>
          </li>
        ))}
      </ol>
      <Button
        icon={Copy}
        onPress={() => {
          const copied = copyText(bad.map(({ text }) => text).join('\n'));
          announce(copied ? `${plural(bad.length, 'row')} copied` : 'The clipboard could not be written.');
        }}
      >
        Copy these rows
      </Button>
    </Message>
  );
}
