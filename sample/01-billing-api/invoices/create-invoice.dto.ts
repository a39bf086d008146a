import { IsInt, IsNotEmpty, IsOptional, IsString, Min } from 'class-validator';

export class CreateInvoiceDto {
  @IsString()
  @IsNotEmpty()
  number!: string;

  @IsString()
  customer!: string;

  /** In cents. */
  @IsInt()
  @Min(1)
  amount!: number;

  /** Taken for a payment, never stored. */
  @IsOptional()
  @IsString()
  cardNumber?: string;
}
