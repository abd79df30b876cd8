import { ChevronRight } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import { useSession } from '../../model/context.ts';
import type { Notice } from '../../stores/session-store.ts';
import './program-output.css';

/** Output of the program and the engine, with the latest line in view; nothing while there is none. */
export function ProgramOutput() {
  const notices = useSession((session) => session.notices);
  const last = notices.at(-1);
  if (!last) return null;
  return (
    <Disclosure className="output disclosure">
      <AriaButton slot="trigger" className="row-button output__button">
        <ChevronRight className="icon disclosure__mark" aria-hidden />
        Program output
        <span className="output__last ellipsis mono faint">{last.text}</span>
      </AriaButton>
      <DisclosurePanel>
        <Lines notices={notices} />
      </DisclosurePanel>
    </Disclosure>
  );
}

function Lines({ notices }: { readonly notices: readonly Notice[] }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [notices]);
  return (
    <div
      ref={box}
      className="output__lines mono selectable"
      role="log"
      aria-label="Program output"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
      }}
    >
      {notices.map(({ id, from, text }) => (
        <div key={id} className={`output__line output__line--${from}`}>
          {from !== 'stdout' && <span className="output__from">{from}</span>}
          {text}
        </div>
      ))}
    </div>
  );
}
