using System.Buffers;

namespace FramedSockets.Testing;

/// <summary>The memory of a pool, as pipes ask for it: each block of exactly the length that was asked for.</summary>
internal sealed class PoisonedMemory(PoisoningPool pool) : MemoryPool<byte>
{
    private const int Usual = 4096;

    public override int MaxBufferSize => Array.MaxLength;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Block(pool, minBufferSize < 0 ? Usual : minBufferSize);

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(PoisoningPool pool, int length) : IMemoryOwner<byte>
    {
        private readonly byte[] _array = pool.Rent(length);

        public Memory<byte> Memory => _array;

        public void Dispose() => pool.Return(_array);
    }
}
