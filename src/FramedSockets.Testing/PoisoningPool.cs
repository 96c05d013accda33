using System.Buffers;
using System.Runtime.CompilerServices;

namespace FramedSockets.Testing;

/// <summary>
/// A pool that finds who uses memory too late. It lends no array twice and overwrites what comes back, so that a stale view shows
/// <see cref="Poison"/>; it knows what is out; and it refuses what comes back twice, or is not its own. Thread-safe.
/// </summary>
public sealed class PoisoningPool : ArrayPool<byte>
{
    /// <summary>What every byte of a returned array is.</summary>
    public const byte Poison = 0xDD;

    private const byte Fresh = 0xAA;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly HashSet<byte[]> _out = new(ReferenceComparer.Instance);
    private TaskCompletionSource? _emptied;
    private string? _misuse;
    private long _rented;
    private long _outstanding;

    /// <summary>The arrays that are out now.</summary>
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

    /// <summary>The bytes of the arrays that are out now.</summary>
    public long OutstandingLength
    {
        get
        {
            lock (_out)
            {
                return _outstanding;
            }
        }
    }

    /// <summary>The bytes of all arrays that were ever lent.</summary>
    public long RentedLength => Interlocked.Read(ref _rented);

    /// <summary>Lends an array of exactly that length, or of one byte.</summary>
    /// <param name="minimumLength">The length; 0 or more.</param>
    /// <returns>A new array, every byte of which is 0xAA: nobody may count on zeros.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumLength"/> is negative.</exception>
    public override byte[] Rent(int minimumLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimumLength);
        var array = GC.AllocateUninitializedArray<byte>(Math.Max(minimumLength, 1));
        array.AsSpan().Fill(Fresh);
        _ = Interlocked.Add(ref _rented, array.Length);
        lock (_out)
        {
            _ = _out.Add(array);
            _outstanding += array.Length;
        }

        return array;
    }

    /// <summary>Takes an array back, and overwrites it.</summary>
    /// <param name="array">The array.</param>
    /// <param name="clearArray">Makes no difference.</param>
    /// <exception cref="InvalidOperationException">It was returned before, or is not of this pool.</exception>
    public override void Return(byte[] array, bool clearArray = false)
    {
        ArgumentNullException.ThrowIfNull(array);
        TaskCompletionSource? emptied = null;
        lock (_out)
        {
            if (!_out.Remove(array))
            {
                // Remembered as well as thrown: whoever returned it may swallow the exception.
                _misuse = $"An array of {array.Length} bytes was returned twice, or is not of this pool.";
                throw new InvalidOperationException(_misuse);
            }

            _outstanding -= array.Length;
            if (_out.Count == 0)
            {
                (emptied, _emptied) = (_emptied, null);
            }
        }

        array.AsSpan().Fill(Poison);
        emptied?.SetResult();
    }

    /// <summary>The same pool for a <c>Pipe</c>: <c>new PipeOptions(pool: pool.AsMemoryPool())</c>.</summary>
    /// <returns>Memory of this pool. It needs no disposing.</returns>
    public MemoryPool<byte> AsMemoryPool() => new PoisonedMemory(this);

    /// <summary>Waits until nothing is out, for what is just ending may not have ended yet.</summary>
    /// <param name="patience">How long at most, by the system's clock; 10 seconds by default.</param>
    /// <returns>A task that ends when all is returned.</returns>
    /// <exception cref="InvalidOperationException">Something is still out, or something was returned wrongly before; the message says what.</exception>
    public async Task EnsureAllReturnedAsync(TimeSpan? patience = null)
    {
        try
        {
            await WaitForAllAsync().WaitAsync(patience ?? Patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"Not returned: arrays of {string.Join(", ", Lengths())} bytes.");
        }

        if (_misuse is { } misuse)
        {
            throw new InvalidOperationException(misuse);
        }
    }

    private Task WaitForAllAsync()
    {
        lock (_out)
        {
            return _out.Count == 0 ? Task.CompletedTask : (_emptied ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private int[] Lengths()
    {
        lock (_out)
        {
            return [.. _out.Select(array => array.Length)];
        }
    }

    private sealed class ReferenceComparer : IEqualityComparer<byte[]>
    {
        public static readonly ReferenceComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => ReferenceEquals(x, y);

        public int GetHashCode(byte[] obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
