using Common;
using FramedSockets;
using FramedSockets.Tcp;

namespace FileTransfer;

/// <summary>One connection to a server that takes files.</summary>
internal sealed class Uploader : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);
    private readonly FrameConnection<TransferHeader> _connection;
    private readonly bool _isPlain;

    private Uploader(FrameConnection<TransferHeader> connection, bool isPlain)
    {
        _connection = connection;
        _isPlain = isPlain;
    }

    public static async Task<Uploader> ConnectAsync(HostPort address, bool isPlain, CancellationToken cancellationToken)
    {
        // A server may take as long for what it stores as for its answer.
        var deadlines = TcpFrameClientOptions.Default.Deadlines with { Grace = AnswerTimeout };
        var client = new TcpFrameClient<TransferHeader>(TransferWire.Codec, new() { Connection = TransferWire.Options, Deadlines = deadlines });
        return new(await client.ConnectAsync(address.Host, address.Port, cancellationToken), isPlain);
    }

    /// <summary>Sends a file and, unless plain, waits until the server has it, and has the same bytes.</summary>
    /// <exception cref="UploadRefusedException">The server does not take the file; the connection goes on.</exception>
    /// <exception cref="IOException">The connection, or a file that was half sent, failed.</exception>
    public async Task SendAsync(OutgoingFile file, CancellationToken cancellationToken)
    {
        var request = new TransferHeader(TransferHeader.Put, file.Name, Confirm: !_isPlain);
        await _connection.SendAsync(request, file.Body, file.Length, cancellationToken);
        var sent = file.Finish();
        if (!_isPlain)
        {
            CheckAnswer(await ReadAnswerAsync(cancellationToken), sent);
        }
    }

    /// <summary>
    /// Ends the stream calmly: the server may still be reading, so this side stops sending and lets the server close first.
    /// </summary>
    /// <exception cref="IOException">The connection failed, and nobody has said what the server has.</exception>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await _connection.CompleteOutputAsync(cancellationToken);
        try
        {
            _ = await WaitAsync(GoodbyeTimeout, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or FramedSocketException && !(_isPlain && IsLoss(e)))
        {
            // What was confirmed is there. A plain server may answer in another language, or stay: everything was sent all the same.
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<TransferHeader> ReadAnswerAsync(CancellationToken cancellationToken)
    {
        if (!await WaitAsync(AnswerTimeout, cancellationToken) || !_connection.TryRead(out var frame))
        {
            throw new IOException("the server ended the connection without an answer; a server that never answers wants --plain");
        }

        return frame.Header;
    }

    private async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        either.CancelAfter(atMost);
        try
        {
            return await _connection.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {atMost.TotalSeconds} s; a server that never answers wants --plain", e);
        }
    }

    /// <summary>Whether what was sent may not have arrived.</summary>
    private static bool IsLoss(Exception e) => e is FramedSocketException
    {
        Error: FramedSocketError.ConnectionReset or FramedSocketError.ConnectionTimedOut or FramedSocketError.TransportFailed or FramedSocketError.WriteTimeout,
    } or FramedSocketException { Error: FramedSocketError.TruncatedFrame, InnerException: not null };

    private static void CheckAnswer(TransferHeader answer, StoredFile sent)
    {
        if (answer.Cmd != TransferHeader.Stored)
        {
            throw new UploadRefusedException($"refused by the server: {Printable.Of(answer.Reason ?? "it gave no reason")}");
        }

        if (!string.Equals(answer.Sha256, sent.Sha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new IOException($"the server has other bytes under the name {sent.Name}: their SHA-256 differs");
        }
    }
}
