using System.Buffers;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>Blocks for a pipe that are overwritten when the pipe gives them back, so that what is read too late shows.</summary>
internal sealed class PoisonMemory : MemoryPool<byte>
{
    private const byte Poison = 0xDD;

    public override int MaxBufferSize => int.MaxValue;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Block(Math.Max(minBufferSize, 1));

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(int length) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = new byte[length];

        public Memory<byte> Memory => _bytes;

        public void Dispose() => _bytes.AsSpan().Fill(Poison);
    }
}
