using System.Numerics;
using System.Runtime.InteropServices;

namespace FramedSockets.Fuzz.Engine;

/// <summary>All that was ever covered: for each edge the orders of magnitude in which it was counted.</summary>
internal sealed class CoverageMap(int edges)
{
    private readonly byte[] _seen = new byte[(edges + sizeof(ulong) - 1) / sizeof(ulong) * sizeof(ulong)];

    /// <summary>The edges that were covered.</summary>
    public int Edges { get; private set; }

    /// <summary>Takes the counts of a run; says whether there was something new among them.</summary>
    public bool Add(ReadOnlySpan<byte> hits)
    {
        var isNew = false;
        var words = MemoryMarshal.Cast<byte, ulong>(hits[.._seen.Length]);
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] != 0)
            {
                isNew |= AddWord(hits.Slice(i * sizeof(ulong), sizeof(ulong)), _seen.AsSpan(i * sizeof(ulong), sizeof(ulong)));
            }
        }

        return isNew;
    }

    /// <summary>Takes what another map has.</summary>
    public void Add(CoverageMap other)
    {
        for (var i = 0; i < _seen.Length; i++)
        {
            Edges += _seen[i] == 0 && other._seen[i] != 0 ? 1 : 0;
            _seen[i] |= other._seen[i];
        }
    }

    private bool AddWord(ReadOnlySpan<byte> hits, Span<byte> seen)
    {
        var isNew = false;
        for (var i = 0; i < hits.Length; i++)
        {
            var magnitude = hits[i] == 0 ? 0 : 1 << BitOperations.Log2(hits[i]);
            if ((magnitude & ~seen[i]) != 0)
            {
                Edges += seen[i] == 0 ? 1 : 0;
                seen[i] |= (byte)magnitude;
                isNew = true;
            }
        }

        return isNew;
    }
}
