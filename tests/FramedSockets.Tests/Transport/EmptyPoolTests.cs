using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Transport;

public sealed class EmptyPoolTests
{
    [Theory]
    [InlineData(TransportKind.Sockets)]
    [InlineData(TransportKind.Linux)]
    [InlineData(TransportKind.LinuxInline)]
    public async Task Memory_that_cannot_be_had_fails_the_read_and_not_the_process(TransportKind kind)
    {
        var transport = Transports.Create(kind, new() { Pool = new EmptyPool() });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.EndPoint).Soon();
        await using var here = (await listener.AcceptAsync().Soon())!;
        var read = here.Input.ReadAsync().Soon();
        _ = await peer.SendAsync(new byte[10]).Soon();
        var failure = await Assert.ThrowsAsync<FramedSocketException>(() => read);
        Assert.Equal(FramedSocketError.TransportFailed, failure.Error);
        _ = Assert.IsType<OutOfMemoryException>(failure.InnerException);
        Assert.Same(failure, await Assert.ThrowsAsync<FramedSocketException>(() => here.Input.ReadAsync().Soon()));
        await here.Input.CompleteAsync();
        await here.Output.CompleteAsync(failure);
    }

    private sealed class EmptyPool : ArrayPool<byte>
    {
        public override byte[] Rent(int minimumLength) => throw new OutOfMemoryException("There is none left.");

        public override void Return(byte[] array, bool clearArray = false)
        {
        }
    }
}
