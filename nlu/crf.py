"""A linear-chain conditional random field: exact log-likelihood, best path and marginals.

Takes emission scores [B, T, L] and a mask [B, T] (True at real tokens, the first always), knows nothing of words.
Source: Lafferty et al. 2001; the partial-label loss is Tsuboi et al. 2008.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nlu.bioes import LABELS, may_end, may_follow, may_start

FORBIDDEN = -1e4  # log score of a transition that BIOES rules out


class CRF(nn.Module):
    """Transition scores between labels, with impossible ones ruled out."""

    rule_start: Tensor
    rule_end: Tensor
    rule_step: Tensor

    def __init__(self, labels: int | Sequence[str] = LABELS, *, bioes: bool = True) -> None:
        """`labels`: their BIOES names, or only how many there are where `bioes` is off."""
        super().__init__()
        count = labels if isinstance(labels, int) else len(labels)
        names = LABELS if isinstance(labels, int) else labels
        self.start = nn.Parameter(torch.zeros(count))
        self.end = nn.Parameter(torch.zeros(count))
        self.step = nn.Parameter(torch.zeros(count, count))  # [from, to]
        every = range(count)
        cost = lambda fine: 0.0 if fine else FORBIDDEN  # noqa: E731
        starts = torch.tensor([cost(not bioes or may_start(n, names)) for n in every])
        ends = torch.tensor([cost(not bioes or may_end(n, names)) for n in every])
        steps = torch.tensor([[cost(not bioes or may_follow(m, n, names)) for n in every] for m in every])
        self.register_buffer("rule_start", starts, persistent=False)
        self.register_buffer("rule_end", ends, persistent=False)
        self.register_buffer("rule_step", steps, persistent=False)

    def loss(self, emissions: Tensor, mask: Tensor, allowed: Tensor) -> Tensor:
        """Return the mean negative log-likelihood, a scalar.

        `allowed` [B, T, L] is True at the labels a token may have: one each when fully labelled, several when not.
        """
        constrained = emissions.masked_fill(~allowed, FORBIDDEN)
        return (self._log_sum(emissions, mask) - self._log_sum(constrained, mask)).mean()

    def _log_sum(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return log Z over all paths, [B]."""
        return self._forward_scores(emissions, mask)[-1]

    def _forward_scores(self, emissions: Tensor, mask: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the forward scores a step ([B, L] each; kept where masked) and log Z [B]."""
        step = (self.step + self.rule_step).exp()  # [from, to], zero where BIOES forbids
        alpha = self.start + self.rule_start + emissions[:, 0]  # [B, L]
        alphas = [alpha]
        for t in range(1, emissions.shape[1]):
            following = _log_matmul(alpha, step) + emissions[:, t]  # [B, L]
            alpha = torch.where(mask[:, t, None], following, alpha)
            alphas.append(alpha)
        return alphas, torch.logsumexp(alpha + self.end + self.rule_end, 1)

    @torch.no_grad()
    def marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Return each label's probability at each token, [B, T, L]."""
        step = (self.step + self.rule_step).exp().T  # [to, from]
        alphas, log_z = self._forward_scores(emissions, mask)
        beta = (self.end + self.rule_end).expand(emissions.shape[0], -1)  # [B, L]
        betas = [beta]
        for t in range(emissions.shape[1] - 1, 0, -1):
            before = _log_matmul(emissions[:, t] + beta, step)  # [B, L]
            beta = torch.where(mask[:, t, None], before, beta)
            betas.append(beta)
        scores = torch.stack(alphas, 1) + torch.stack(betas[::-1], 1) - log_z[:, None, None]
        return scores.exp() * mask.unsqueeze(2)

    @torch.no_grad()
    def best(self, emissions: Tensor, mask: Tensor) -> list[list[int]]:
        """Return the most probable label sequence of each row (Viterbi), without padding."""
        step = self.step + self.rule_step
        score = self.start + self.rule_start + emissions[:, 0]  # [B, L]
        back: list[Tensor] = []
        for t in range(1, emissions.shape[1]):
            best, came_from = (score.unsqueeze(2) + step).max(1)  # [B, L]
            score = torch.where(mask[:, t, None], best + emissions[:, t], score)
            back.append(came_from)
        last = (score + self.end + self.rule_end).argmax(1).tolist()
        pointers = [pointer.tolist() for pointer in back]
        lengths = mask.sum(1).tolist()
        paths: list[list[int]] = []
        for row, (label, length) in enumerate(zip(last, lengths, strict=True)):
            path = [label]
            for t in range(length - 2, -1, -1):
                label = pointers[t][row][label]
                path.append(label)
            paths.append(path[::-1])
        return paths


def _log_matmul(scores: Tensor, weights: Tensor) -> Tensor:
    """Return log(exp(scores) @ weights), a row at a time without overflow. scores [B, L], weights [L, L] -> [B, L]."""
    most = scores.amax(1, keepdim=True).detach()
    return ((scores - most).exp() @ weights).clamp_min(1e-30).log() + most
