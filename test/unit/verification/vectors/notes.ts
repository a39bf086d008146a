/** The two-signature note of the published vectors. */
export const NOTE_TEXT = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.
`;
export const PETER_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
export const ENOCH_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
export const PETER_NOTE = `${NOTE_TEXT}\n${PETER_LINE}`;
export const BOTH_NOTE = `${NOTE_TEXT}\n${PETER_LINE}${ENOCH_LINE}`;

/** The end-to-end vector: checkpoint of the reference tree at size 8. */
export const CHECKPOINT_TEXT = `example.com/audit-log
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
`;
export const LOG_LINE =
  '— example.com/audit-log QdBi2K9pVDC54e9fqZiIfeggUG31GKSdxXgQXJp7p6M2YV/v7JWCWMRBhaeirUuRT0vYOZMy1lbFKGiLv4vUMxgq0Qc=\n';
export const WITNESS_LINE =
  '— witness.example.com/w1 BHWLrwAAAABkGFDL7TABL6pYTvgllxlFSsrDUe6jtLuEDtEWebxvR1Q6zv9f13x/xehfBNt0y2yVOhOgaxokQrpOyyAx/NyVXRHaCQ==\n';
export const CHECKPOINT_NOTE = `${CHECKPOINT_TEXT}\n${LOG_LINE}${WITNESS_LINE}`;

/** Signatures of the same log key over other checkpoints of the reference tree. */
export const LOG_SIGNATURE_SIZE_3 =
  'QdBi2Nq4VWHBdHYflmu828KDOrI/LLgEzbXSH1CU2rDsSLQQYb5ffpOYsENft4m+QCU6xhsPddQOksrF8KWgJoFVzw4=';
export const LOG_SIGNATURE_SIZE_0 =
  'QdBi2BZHJlpIJn5qu0L3JiszWgqmm6OzKijVQJsu61k2lVnDBMcj2ks7vtRvo3OY8JluBAZTkO5NtiGYH7LumgQ73Qs=';
export const LOG_SIGNATURE_SIZE_1 =
  'QdBi2FXMgR6dblU84SUvXH3uR78bvUkP1D943rdl1OuVzaQUJhnuo/RugWzTWtzItsI7aLYFO+/TDEF21n02M9x/VAg=';
