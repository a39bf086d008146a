import { leafHash } from '../../../../lib/ledger/merkle/tree-hash.js';

/** Leaf data of the public reference tree of 8 leaves (RFC 6962 implementations share it). */
export const REFERENCE_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));

export const REFERENCE_LEAF_HASHES = [
  'bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=',
  'lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=',
  'ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=',
  'B1Bqhf2d0vEg62lPhgEeW7RmLlxBWmKRcDPUqWJEh+c=',
  'vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=',
  'QnGia+DYqE8L1UyMMC58s6O10fpngKQLzOKHNHfatlg=',
  'sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8=',
  'Rvb/rdPQagn/PFhg0nVci5gZ2330QlF4jH2OMYDejrE=',
];

/** Root of the first n + 1 leaves. */
export const REFERENCE_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
].map((hex) => Buffer.from(hex, 'hex'));

/** Inner nodes, named by the leaves they cover. */
export const NODE_0_3 = fromBase64('037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=');
export const NODE_0_1 = fromBase64('+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=');
export const NODE_2_3 = fromBase64('Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=');
export const NODE_4_5 = fromBase64('DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=');
export const NODE_6_7 = fromBase64('yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=');
export const NODE_4_7 = fromBase64('a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=');

export function referenceLeafHash(index: number): Buffer {
  return leafHash(REFERENCE_LEAVES[index]);
}

export function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
