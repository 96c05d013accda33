using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>A stop that meets records of TLS which have not all come.</summary>
public abstract class TlsStopTests(TransportKind kind) : IDisposable
{
    public sealed class OverSockets() : TlsStopTests(TransportKind.Sockets);

    public sealed class OverLinux() : TlsStopTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : TlsStopTests(TransportKind.LinuxInline);

    private readonly Certificates _certificates = new();
    private readonly TagCodec _codec = new();
    private readonly Channel<int> _handled = Channel.CreateUnbounded<int>();
    private readonly SemaphoreSlim _go = new(0);
    private FrameConnection<int> _connection = null!;

    public void Dispose()
    {
        _certificates.Dispose();
        _go.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(4096)]
    [InlineData(int.MaxValue)]
    public async Task A_frame_of_whose_record_a_part_has_come_is_handled(int length)
    {
        await using var loopback = await Start();
        using var peer = await loopback.ConnectRaw();
        await using var stream = new WithheldStream(peer);
        await using var tls = await Authenticate(stream);
        stream.IsHeld = true;
        await Send(tls, 1, 10);
        var whole = stream.Held.Count;
        await Send(tls, 2, 10_000);

        // In one piece, so that the part has come when the first frame has.
        var come = (int)Math.Min((long)whole + length, stream.Held.Count - 1);
        _ = await peer.SendAsync(stream.Held[..come].ToArray()).Soon();
        await Handling(1);
        _ = _go.Release();
        var stop = await Stop(loopback);
        _ = await peer.SendAsync(stream.Held[come..].ToArray()).Soon();
        await Handling(2);
        _ = _go.Release();
        await AssertCalm(tls, stop);
    }

    [Fact]
    public async Task A_frame_whose_record_has_come_is_handled_wherever_the_connection_lets_others_go_first()
    {
        for (var last = 2; last < 12; last++)
        {
            await using var loopback = await Start();
            using var peer = await loopback.ConnectRaw();
            await using var stream = new NetworkStream(peer);
            await using var tls = await Authenticate(stream);
            await Send(tls, 1, 10);
            for (var tag = 2; tag < last; tag++)
            {
                // Each has come when it is looked for, so that there is no wait: sooner or later others go first.
                await Handling(tag - 1);
                await Send(tls, tag, 10);
                _ = _go.Release();
            }

            await Handling(last - 1);
            await Send(tls, last, 10_000);
            var stop = await Stop(loopback);
            _ = _go.Release();
            await Handling(last);
            _ = _go.Release();
            await AssertCalm(tls, stop);
        }
    }

    private static async Task AssertCalm(SslStream tls, Task<ServerStopReport> stop)
    {
        Assert.Equal(0, await tls.ReadAsync(new byte[1]).Soon());
        await tls.DisposeAsync();
        Assert.Equal((1, 0), ((await stop).Drained, (await stop).Cut.Count));
    }

    private async Task Handling(int tag) => Assert.Equal(tag, await _handled.Reader.ReadAsync().Soon());

    private Task Send(SslStream tls, int tag, int length) => tls.WriteAsync(_codec.Frame(tag, Frames.Body(length))).Soon();

    private async Task<Task<ServerStopReport>> Stop(Loopback loopback)
    {
        var stop = loopback.Server.StopAsync().Soon();
        await Timeouts.Until(() => _connection.IsStopping);
        return stop;
    }

    private Task<Loopback> Start() => Loopback.Start(
        kind,
        async (connection, frame) =>
        {
            _connection = connection;
            Assert.True(_handled.Writer.TryWrite(frame.Header));
            await _go.WaitAsync();
        },
        options => options with { Tls = new() { ServerCertificate = _certificates.Server() } });

    private async Task<SslStream> Authenticate(NetworkStream stream)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = _certificates.Policy() }).Soon();
        return tls;
    }

    /// <summary>Keeps what is sent, when asked to.</summary>
    private sealed class WithheldStream(Socket socket) : NetworkStream(socket)
    {
        public bool IsHeld { get; set; }

        public List<byte> Held { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!IsHeld)
            {
                return base.WriteAsync(buffer, cancellationToken);
            }

            Held.AddRange(buffer.Span);
            return default;
        }
    }
}
