using System.Net;
using System.Net.Sockets;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Transport;

/// <summary>A send that is in flight when its connection is aborted or closed comes back late, and finds everything disposed.</summary>
public abstract class AbortedSendTests(TransportKind kind)
{
    public sealed class OverSockets() : AbortedSendTests(TransportKind.Sockets);

    public sealed class OverLinux() : AbortedSendTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : AbortedSendTests(TransportKind.LinuxInline);

    private readonly PoisoningPool _pool = CheckedPool.Create();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task It_fails_with_the_abort_and_gives_everything_back(bool isAborted, bool isFailure)
    {
        var transport = Transports.Create(kind, new() { Pool = _pool, LingerTimeout = TimeSpan.Zero });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        for (var round = 0; round < 300; round++)
        {
            using var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await peer.ConnectAsync(listener.EndPoint).Soon();
            var here = (await listener.AcceptAsync().Soon())!;
            _ = here.Output.GetMemory(10_000_000);
            here.Output.Advance(10_000_000);
            var send = here.Output.FlushAsync().Soon();
            Assert.False(send.IsCompleted);
            if (isAborted)
            {
                here.Abort();
            }

            await here.Output.CompleteAsync(isFailure ? new IOException("test") : null);
            await here.Input.CompleteAsync();
            await here.DisposeAsync().Soon();
            _ = await send.Fails(FramedSocketError.ConnectionAborted);
        }

        await _pool.EnsureAllReturnedAsync();
    }
}
