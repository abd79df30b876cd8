import { X } from 'lucide-react';
import { useRef, useState } from 'react';
import { Dialog, Heading } from 'react-aria-components';
import { IconButton } from '../../ui/button.tsx';
import { MarkdownBlocks } from '../../ui/markdown.tsx';
import { Overlay } from '../../ui/overlay.tsx';
import { type GuidePicture, guideSections } from './sections.ts';
import './guide.css';

// The document and its pictures are the project's, outside of the window's own folder; the build takes them in.
const [document = ''] = Object.values(
  import.meta.glob<string>('../../../GUIDE.md', { eager: true, query: '?raw', import: 'default' }),
);
const pictures = import.meta.glob<string>('../../../app/resources/guide/*.png', {
  eager: true,
  query: '?url',
  import: 'default',
});
const SECTIONS = guideSections(document);

/** The user guide, from GUIDE.md, beside a list of its sections. */
export function Guide({ onClose }: { readonly onClose: () => void }) {
  const [current, setCurrent] = useState(0);
  const text = useRef<HTMLDivElement>(null);
  const headings = (): HTMLElement[] => [...(text.current?.querySelectorAll<HTMLElement>('section') ?? [])];
  const follow = (): void => {
    const place = text.current;
    if (!place) return;
    const top = place.getBoundingClientRect().top + 40;
    const passed = headings().filter((section) => section.getBoundingClientRect().top <= top).length;
    // The last sections may be too short to reach the top.
    const isAtEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 2;
    setCurrent(isAtEnd ? SECTIONS.length - 1 : Math.max(0, passed - 1));
  };
  return (
    <Overlay className="guide" onClose={onClose}>
      <Dialog className="guide__dialog">
        <header className="guide__head">
          <Heading slot="title" level={2}>
            User guide
          </Heading>
          <IconButton label="Close" icon={X} onPress={onClose} />
        </header>
        <div className="guide__body">
          <nav className="guide__contents" aria-label="Sections">
            <ul>
              {SECTIONS.map(({ title }, i) => (
                <li key={title}>
                  <button
                    type="button"
                    aria-current={i === current ? 'true' : undefined}
                    onClick={() => {
                      headings()[i]?.scrollIntoView();
                      setCurrent(i);
                    }}
                  >
                    {title}
                  </button>
                </li>
              ))}
            </ul>
          </nav>
          <div
            ref={text}
            className="guide__text"
            tabIndex={0}
            role="group"
            aria-label="Text of the guide"
            onScroll={follow}
          >
            {SECTIONS.map(({ title, parts }) => (
              <section key={title} aria-label={title}>
                <h3>{title}</h3>
                {parts.map((part, i) =>
                  'path' in part ? <Picture key={i} picture={part} /> : <MarkdownBlocks key={i} {...part} />,
                )}
              </section>
            ))}
          </div>
        </div>
      </Dialog>
    </Overlay>
  );
}

function Picture({ picture: { path, alt } }: { readonly picture: GuidePicture }) {
  return (
    <figure>
      <img src={pictures[`../../../${path}`]} alt={alt} />
    </figure>
  );
}
