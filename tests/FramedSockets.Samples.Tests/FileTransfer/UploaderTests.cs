using System.Net;
using System.Net.Sockets;
using FileTransfer;
using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.FileTransfer;

/// <summary>The client's end of a connection.</summary>
public sealed class UploaderTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TemporaryFolder _out = new();

    public UploaderTests() => _listener.Start();

    public void Dispose()
    {
        _listener.Dispose();
        _out.Dispose();
    }

    [Fact]
    public async Task A_plain_upload_whose_connection_is_reset_may_be_lost()
    {
        await using var uploader = await ConnectAsync(isPlain: true);
        using var peer = await RawPeer.AcceptAsync(_listener);
        await SendAsync(uploader);
        var finishing = uploader.FinishAsync(CancellationToken.None);
        peer.Reset();
        var failure = await Assert.ThrowsAsync<FramedSocketException>(() => finishing.Soon());
        Assert.Equal(FramedSocketError.ConnectionReset, failure.Error);
    }

    [Fact]
    public async Task A_plain_upload_that_is_answered_in_another_language_is_not()
    {
        await using var uploader = await ConnectAsync(isPlain: true);
        using var peer = await RawPeer.AcceptAsync(_listener);
        await SendAsync(uploader);
        await peer.SendAsync([.. "HTTP/1.0 200 OK"u8]);
        await uploader.FinishAsync(CancellationToken.None).Soon();
    }

    private Task<Uploader> ConnectAsync(bool isPlain)
    {
        var address = (IPEndPoint)_listener.LocalEndpoint;
        return Uploader.ConnectAsync(new($"{address.Address}", address.Port), isPlain, CancellationToken.None).Soon();
    }

    private async Task SendAsync(Uploader uploader)
    {
        await using var file = OutgoingFile.Open(_out.Write("a", "x"u8));
        await uploader.SendAsync(file, CancellationToken.None).Soon();
    }
}
