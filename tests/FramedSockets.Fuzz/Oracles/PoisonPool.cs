using System.Buffers;
using System.Runtime.CompilerServices;
using FramedSockets.Fuzz.Engine;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>
/// A pool that never lends an array twice, overwrites what comes back, counts what it lends, and knows what is out. The copy of
/// the library takes <see cref="Current"/> for the shared pool, so it is public.
/// </summary>
public sealed class PoisonPool : ArrayPool<byte>
{
    private const byte Fresh = 0xAA;
    private const byte Poison = 0xDD;
    private readonly HashSet<byte[]> _out = new(ReferenceComparer.Instance);
    private string? _misuse;

    /// <summary>The pool of this run.</summary>
    public static ArrayPool<byte> Current { get; private set; } = Shared;

    /// <summary>All bytes that were ever lent.</summary>
    public long Lent { get; private set; }

    /// <summary>A new pool, for this run.</summary>
    public static PoisonPool Renew()
    {
        var pool = new PoisonPool();
        Current = pool;
        return pool;
    }

    public override byte[] Rent(int minimumLength)
    {
        var array = GC.AllocateUninitializedArray<byte>(Math.Max(minimumLength, 1));
        array.AsSpan().Fill(Fresh);
        lock (_out)
        {
            Lent += array.Length;
            _ = _out.Add(array);
        }

        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        lock (_out)
        {
            if (!_out.Remove(array))
            {
                // Remembered as well as thrown: a codec's exceptions are caught.
                _misuse = $"an array of {array.Length} bytes";
                throw new FuzzFailureException("returned twice", _misuse);
            }
        }

        array.AsSpan().Fill(Poison);
    }

    /// <summary>Nothing was returned twice, and nothing is out.</summary>
    public void Check()
    {
        FuzzFailureException.Require(_misuse is null, "returned twice", _misuse ?? "");
        FuzzFailureException.Require(_out.Count == 0, "not returned", $"arrays of {string.Join(", ", _out.Select(array => array.Length))} bytes");
    }

    private sealed class ReferenceComparer : IEqualityComparer<byte[]>
    {
        public static readonly ReferenceComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => ReferenceEquals(x, y);

        public int GetHashCode(byte[] obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
