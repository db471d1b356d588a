/* The policy's side of the link: policy.bpf.c has it, fence.bpf.c asks it. */
#ifndef FENCE_POLICY_H
#define FENCE_POLICY_H

/* Whether a connection is allowed (1) or not (0); remembers the answer for the report. */
int policy_allows(u16 port, u8 protocol);

#endif
