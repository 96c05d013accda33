using System.Buffers;
using System.Runtime.CompilerServices;

namespace FramedSockets.Tests.Support;

/// <summary>
/// A pool that never lends an array twice, overwrites what comes back, and knows what is out: a stale view shows 0xDD, a
/// double or foreign return throws.
/// </summary>
internal sealed class PoisoningPool : ArrayPool<byte>
{
    public const byte Poison = 0xDD;
    private readonly HashSet<byte[]> _out = new(ReferenceComparer.Instance);
    private long _rented;

    public int Outstanding
    {
        get
        {
            lock (_out)
            {
                return _out.Count;
            }
        }
    }

    /// <summary>All bytes that were ever rented.</summary>
    public long Rented => Interlocked.Read(ref _rented);

    public override byte[] Rent(int minimumLength)
    {
        var array = new byte[Math.Max(minimumLength, 1)];
        array.AsSpan().Fill(0xAA);
        _ = Interlocked.Add(ref _rented, array.Length);
        lock (_out)
        {
            _ = _out.Add(array);
        }

        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        lock (_out)
        {
            if (!_out.Remove(array))
            {
                throw new InvalidOperationException($"An array of {array.Length} bytes was returned twice, or is not of this pool.");
            }
        }

        array.AsSpan().Fill(Poison);
    }

    /// <summary>Nothing is out, at the latest when operations that were ending have ended.</summary>
    public async Task AssertAllReturned()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (Outstanding > 0 && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10))
        {
            await Task.Yield();
        }

        lock (_out)
        {
            Assert.True(_out.Count == 0, $"Not returned: arrays of {string.Join(", ", _out.Select(array => array.Length))} bytes.");
        }
    }

    private sealed class ReferenceComparer : IEqualityComparer<byte[]>
    {
        public static readonly ReferenceComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => ReferenceEquals(x, y);

        public int GetHashCode(byte[] obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
