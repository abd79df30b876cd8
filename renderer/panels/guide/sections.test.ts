import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { guideSections } from './sections.ts';

describe('guideSections', () => {
  it('divides a document at its headings, and keeps the order of text and pictures', () => {
    const sections = guideSections(
      '# Guide\n\nAbout.\n\n## One\n\n![a](b.png)\n\nText.\n\n- an item\n\n## Two\n\nEnd.\n',
    );
    expect(sections.map(({ title }) => title)).toEqual(['About this program', 'One', 'Two']);
    const [picture, text] = sections[1]?.parts ?? [];
    expect(picture).toEqual({ alt: 'a', path: 'b.png' });
    expect(text && 'blocks' in text && text.blocks.map(({ type }) => type)).toEqual(['paragraph', 'list']);
  });

  it('refuses text before the title', () => {
    expect(() => guideSections('Text.\n')).toThrow('without a title');
  });
});

describe('GUIDE.md', () => {
  const document = readFileSync('GUIDE.md', 'utf8');

  it('names pictures that exist, each in a paragraph of its own', () => {
    const pictures = guideSections(document).flatMap(({ parts }) => parts.filter((part) => 'path' in part));
    expect(pictures.length).toBe([...document.matchAll(/!\[/g)].length);
    for (const { path } of pictures) expect(readFileSync(path).subarray(1, 4).toString()).toBe('PNG');
  });
});
