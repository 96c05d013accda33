using System.Buffers;

namespace FramedSockets.Transport;

/// <summary>
/// The blocks of a reader that does not say how much it holds, counted. Each is of the same size, whatever is asked for: what a peer
/// has declared takes no memory before it has come.
/// </summary>
/// <param name="length">The bytes of a block.</param>
/// <remarks>One caller at a time rents and gives back; any thread asks.</remarks>
internal sealed class CountedBlocks(int length) : MemoryPool<byte>
{
    private Block? _spare;
    private long _held;

    /// <summary>The bytes that are rented now.</summary>
    public long HeldLength => Volatile.Read(ref _held);

    private int BlockLength => length;

    public override int MaxBufferSize => Array.MaxLength;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        var block = _spare ?? new(this);
        _spare = block.Next;
        block.Rent();
        return block;
    }

    protected override void Dispose(bool disposing)
    {
    }

    private void Count(int bytes) => Volatile.Write(ref _held, _held + bytes);

    /// <summary>One block, used again once it was given back.</summary>
    private sealed class Block(CountedBlocks owner) : IMemoryOwner<byte>
    {
        private byte[]? _array;

        /// <summary>The next one to be used again.</summary>
        public Block? Next { get; private set; }

        public Memory<byte> Memory => _array;

        public void Rent()
        {
            _array = ArrayPool<byte>.Shared.Rent(owner.BlockLength);
            Next = null;
            owner.Count(_array.Length);
        }

        public void Dispose()
        {
            if (_array is { } array)
            {
                _array = null;
                owner.Count(-array.Length);
                ArrayPool<byte>.Shared.Return(array);
                (Next, owner._spare) = (owner._spare, this);
            }
        }
    }
}
