import { describe, expect, it } from 'vitest';
import { demangled } from './demangle.ts';
import { libdw } from './libdw.ts';

const library = libdw() ?? { demangle: null };

describe('a name as its source has it', () => {
  // Examples of RFC 2603 and of the tests of rustc-demangle.
  it.each([
    ['_RNvC6_123foo3bar', '123foo::bar'],
    ['_RNvMs_Cs4Cv8Wi1oAIB_7mycrateNtB4_7Example3new', '<mycrate::Example>::new'],
    ['_RNvNtNtCsbDqzXfLQacH_4game5world6render4draw', 'game::world::render::draw'],
    ['_RINvNtC3std3mem8align_ofdE', 'std::mem::align_of::<f64>'],
  ])('is that of a Rust name of the v0 form: %s', (mangled, name) => {
    expect(demangled(library, mangled)).toBe(name);
  });

  it.each([
    ['_ZN13known_writers5world8Renderer4draw17h0123456789abcdefE', 'known_writers::world::Renderer::draw'],
    [
      '_ZN63_$LT$u8$u20$as$u20$alloc..vec..spec_from_elem..SpecFromElem$GT$9from_elem17h0123456789abcdefE',
      '<u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem',
    ],
    ['_ZN4main28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE', 'main::{{closure}}'],
  ])('is that of an older Rust name, without its hash: %.20s', (mangled, name) => {
    expect(demangled(library, mangled)).toBe(name);
  });

  it.each(['main', '_R', '_RNvNotAName', '_Rü', `_R${'N'.repeat(20_000)}`, `_RNvC${'9'.repeat(400)}a`, '_Z'])(
    'is unchanged if the name is not mangled: %.20s',
    (name) => {
      expect(demangled(library, name)).toBe(name);
    },
  );

  it('is found for names that nest deeply, again and again', () => {
    const deep = `_RNv${'Nt'.repeat(2000)}C4game${'1a'.repeat(2000)}1f`;
    for (let i = 0; i < 100; i++) demangled(library, deep);
    expect(demangled(library, '_RNvC6_123foo3bar')).toBe('123foo::bar');
  });
});
